package application

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

func anyPace() *Pace { return NewPace(0, clock, func(bool) {}) }

// paced is a pace with a clock.
type paced struct {
	*Pace
	at    time.Time
	turns []bool // the pace's changes
}

func newPaced(most time.Duration) *paced {
	p := &paced{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	p.Pace = NewPace(most, func() time.Time { return p.at }, func(behind bool) { p.turns = append(p.turns, behind) })
	return p
}

// admitted returns how many of so many orders are taken.
func (p *paced) admitted(asked int) (taken int) {
	for range asked {
		if p.Admit() {
			taken++
		}
	}
	return taken
}

// window lets a window pass in which so many orders ended, the last after the
// shortest wait.
func (p *paced) window(ended int, shortest time.Duration) {
	for i := range ended {
		p.Ended(shortest + time.Duration(ended-1-i)*time.Second)
	}
	p.at = p.at.Add(paceWindow)
}

// fallBehind lets as many windows pass as it takes.
func (p *paced) fallBehind() {
	for range paceStands {
		p.window(paceKnows, 11*time.Second)
	}
}

func TestOrdersAreTakenWhileTheirWaitIsShort(t *testing.T) {
	p := newPaced(10 * time.Second)
	if got := p.admitted(1000); got != 1000 {
		t.Errorf("%d taken before any order ended", got)
	}
	p.window(paceKnows, 10*time.Second) // some always wait for long
	if got := p.admitted(1000); got != 1000 {
		t.Errorf("%d taken although one order was quick", got)
	}
}

func TestOrdersAreTakenAsOthersEndWhileAllWaitForLong(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.fallBehind()
	if got := p.admitted(5); got != 0 {
		t.Errorf("%d taken after orders that waited for too long", got)
	}
	p.Ended(11 * time.Second)
	p.Ended(11 * time.Second)
	if got := p.admitted(5); got != 2 {
		t.Errorf("%d taken for two that ended", got)
	}
	p.window(paceKnows, 11*time.Second)
	if got := p.admitted(1000); got != paceKnows {
		t.Errorf("%d taken for the %d that ended", got, paceKnows)
	}
	p.window(paceKnows, 9*time.Second)
	if got := p.admitted(1000); got != 1000 {
		t.Errorf("%d taken when the wait was short again", got)
	}
	if !slices.Equal(p.turns, []bool{true, false}) {
		t.Errorf("told of the changes %v", p.turns)
	}
}

func TestCreditIsBounded(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.fallBehind()
	p.Admit() // looks, and finds that it is behind
	for range 2 * paceCredit {
		p.Ended(11 * time.Second)
	}
	if got := p.admitted(2 * paceCredit); got != paceCredit {
		t.Errorf("%d taken at once, want %d", got, paceCredit)
	}
}

// After an outage all that waited is late, for as long as it takes to work it off.
func TestOrdersAreTakenAfterAnOutage(t *testing.T) {
	p := newPaced(10 * time.Second)
	for range paceStands - 1 {
		p.window(paceKnows, time.Minute)
		if got := p.admitted(10); got != 10 {
			t.Errorf("%d taken", got)
		}
	}
	p.window(paceKnows, time.Second)
	p.fallBehind()
	if p.Admit() {
		t.Error("taken although the queue stands")
	}
}

// When hardly anything ends, it isn't that orders are too many.
func TestOrdersAreTakenInAnOutage(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.fallBehind()
	if p.Admit() {
		t.Fatal("taken")
	}
	for _, ended := range []int{0, paceKnows - 1} {
		p.window(ended, time.Minute)
		if got := p.admitted(1000); got != 1000 {
			t.Errorf("%d taken although only %d ended", got, ended)
		}
	}
}

// What was long ago says nothing, and a clock that is set back stops nothing.
func TestPaceGoesByTheLastSecondAlone(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.fallBehind()
	p.at = p.at.Add(time.Hour)
	if got := p.admitted(1000); got != 1000 {
		t.Errorf("%d taken an hour after overload", got)
	}
	p.fallBehind()
	if p.Admit() {
		t.Fatal("taken")
	}
	p.at = p.at.Add(-time.Hour)
	p.window(0, 0)
	if got := p.admitted(1000); got != 1000 {
		t.Errorf("%d taken after the clock was set back", got)
	}
}

func TestPaceCanBeOff(t *testing.T) {
	p := newPaced(0)
	p.window(paceKnows, time.Hour)
	if !p.Admit() {
		t.Error("refused")
	}
}

// The pace is told of an order that the saga has brought to its end, or would have
// but for the monitor, and of no redelivery.
func TestPaceIsToldOfEnds(t *testing.T) {
	placed := now.Add(-11 * time.Second)
	for name, end := range map[string]func(Orders, *Pace) error{
		"confirmed": func(o Orders, p *Pace) error { return NewConfirmOrder(o, p, clock).Do(t.Context(), "o-1", seen) },
		"failed": func(o Orders, p *Pace) error {
			return NewFailOrder(o, p, clock).Do(t.Context(), "o-1", seen, domain.PaymentFailed, "DECLINED")
		},
	} {
		p := newPaced(10 * time.Second)
		order := domain.Restore(domain.Snapshot{ID: "o-1", Status: domain.Pending, CreatedAt: placed})
		orders, _ := setup(t)
		orders.EXPECT().Update(gomock.Any(), gomock.Any(), gomock.Any()).Times(2).DoAndReturn(
			func(_ context.Context, _ domain.OrderID, change func(*domain.Order) error) error {
				return change(order)
			})
		for range 2 { // the second is a redelivery
			if err := end(orders, p.Pace); err != nil {
				t.Fatal(err)
			}
		}
		if p.ended != 1 || p.shortest != 11*time.Second {
			t.Errorf("%s: %d orders ended, after %v", name, p.ended, p.shortest)
		}
	}
}

func TestPaceIsToldOfWhatComesTooLate(t *testing.T) {
	p := newPaced(10 * time.Second)
	order := domain.Restore(domain.Snapshot{ID: "o-1", Status: domain.Cancelled, Reason: domain.TimedOut, CreatedAt: now.Add(-time.Minute)})
	orders, _ := setup(t)
	orders.EXPECT().Update(gomock.Any(), gomock.Any(), gomock.Any()).DoAndReturn(
		func(_ context.Context, _ domain.OrderID, change func(*domain.Order) error) error {
			return change(order)
		})
	if err := NewConfirmOrder(orders, p.Pace, clock).Do(t.Context(), "o-1", seen); err != nil {
		t.Fatal(err)
	}
	if p.ended != 1 || p.shortest != time.Minute {
		t.Errorf("%d orders ended, after %v", p.ended, p.shortest)
	}
}

func TestNoOrderIsTakenThatWouldWaitForTooLong(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.fallBehind()
	orders, backlog := setup(t)
	backlog.EXPECT().Full().Return(false)
	place := NewPlaceOrder(orders, backlog, p.Pace, func() domain.OrderID { return "o-1" }, clock)
	if _, err := place.Do(t.Context(), placement()); !errs.Is(err, errs.Overloaded) {
		t.Errorf("error is %v, want errs.Overloaded", err)
	}
}

func TestOnlySoManyOrdersArePlacedAtOnce(t *testing.T) {
	orders, backlog := setup(t)
	backlog.EXPECT().Full().AnyTimes()
	var waiting, all sync.WaitGroup
	enough := make(chan struct{})
	orders.EXPECT().Add(gomock.Any(), gomock.Any()).Times(mostPlacing).DoAndReturn(func(context.Context, *domain.Order) error {
		waiting.Done()
		<-enough
		return nil
	})
	place := placeOrder(orders, backlog)
	waiting.Add(mostPlacing)
	for range mostPlacing {
		all.Go(func() {
			if _, err := place.Do(t.Context(), placement()); err != nil {
				t.Error(err)
			}
		})
	}
	waiting.Wait()
	if _, err := place.Do(t.Context(), placement()); !errs.Is(err, errs.Overloaded) {
		t.Errorf("error is %v, want errs.Overloaded", err)
	}
	close(enough)
	all.Wait()
	orders.EXPECT().Add(gomock.Any(), gomock.Any())
	if _, err := place.Do(t.Context(), placement()); err != nil {
		t.Errorf("there is room again, but: %v", err)
	}
}
