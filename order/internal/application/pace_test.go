package application

import (
	"math"
	"slices"
	"testing"
	"time"

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
		} else {
			p.Refused()
		}
	}
	return taken
}

// usual is how many orders end in a window, where nothing is said of it.
const usual = 100

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
		p.window(usual, 11*time.Second)
	}
}

func TestOrdersAreTakenWhileTheirWaitIsShort(t *testing.T) {
	p := newPaced(10 * time.Second)
	if got := p.admitted(1000); got != 1000 {
		t.Errorf("%d taken before any order ended", got)
	}
	for range 2 * paceStands {
		p.window(usual, 10*time.Second) // some always wait for long
	}
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
	p.window(usual, 11*time.Second)
	if got := p.admitted(1000); got != usual {
		t.Errorf("%d taken for the %d that ended", got, usual)
	}
	p.window(usual, 9*time.Second)
	if got := p.admitted(1000); got != usual {
		t.Errorf("%d taken for the %d that ended while others were refused", got, usual)
	}
	p.window(usual, 9*time.Second)
	if got := p.admitted(usual); got != usual {
		t.Errorf("%d taken", got)
	}
	p.window(usual, 9*time.Second)
	if got := p.admitted(1000); got != 1000 {
		t.Errorf("%d taken when none had been refused and the wait was short", got)
	}
	if !slices.Equal(p.turns, []bool{true, false}) {
		t.Errorf("told of the changes %v", p.turns)
	}
}

func TestAFewMoreThanEndAreNoCrowd(t *testing.T) {
	for more, crowd := range map[int]bool{0: false, 20: false, 50: true} {
		p := newPaced(10 * time.Second)
		for i := range 20 {
			p.admitted(usual + more)
			p.window(usual, 8*time.Second+time.Duration(i)*100*time.Millisecond)
		}
		if p.Admit(); p.behind != crowd {
			t.Errorf("%d more than %d that end, and waits grow: behind: %v", more, usual, p.behind)
		}
	}
}

// They are usual, too: an outage is when nothing ends.
func TestOrdersThatEndEarlyAreEnds(t *testing.T) {
	p := newPaced(10 * time.Second)
	for range 10 {
		for range usual {
			p.EndedEarly(time.Second)
		}
		p.window(1, 9*time.Second)
	}
	if p.Admit(); p.usual < usual/2 || p.few > 0 {
		t.Errorf("%v are usual, and it has seen few ends for %d s", p.usual, p.few)
	}
}

// Others see most of its ends, and it sees early ends of what others took.
func TestNoFewerThanNoOrdersAreOnTheirWay(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.share.calm = sample{taken: 200, ended: 100}
	p.admitted(10)
	for range 20 {
		p.EndedEarly(time.Second)
	}
	if p.goOn(0) != 0 || p.credit != 40 {
		t.Errorf("%v go on, room for %v", p.goOn(0), p.credit)
	}
	p.NotTaken()
	if p.credit != 41 {
		t.Errorf("room for %v in the place of one", p.credit-40)
	}
}

// They are as though they had not been taken, unless there are no others to go by: they
// haven't stood in all of the queues.
func TestOrdersThatEndEarlySayLessOfTheWait(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.admitted(7)
	for i, step := range []struct {
		ended  func(time.Duration)
		waited time.Duration
		want   waits
	}{
		{p.EndedEarly, 3, waits{1, 3}}, {p.EndedEarly, 5, waits{2, 3}}, {p.EndedEarly, 2, waits{3, 2}}, {p.Ended, 9, waits{1, 9}},
		{p.EndedEarly, 1, waits{1, 9}}, {p.Ended, 10, waits{2, 9}}, {p.WouldHaveEnded, 8, waits{3, 8}},
	} {
		if step.ended(step.waited); p.seconds[0].waits() != step.want {
			t.Errorf("after %d ends, the last after %d, it goes by %v", i+1, step.waited, p.seconds[0].waits())
		}
	}
	if p.credit != 6 || p.goOn(0) != 3 {
		t.Errorf("room for %v, want one for each end but one that made none; %v taken that didn't end early", p.credit, p.goOn(0))
	}
}

// What the saga is too late for says how long the queue is, and ends nothing.
func TestOrdersThatTimedOutMakeNoRoom(t *testing.T) {
	p := newPaced(10 * time.Second)
	for range paceStands {
		for range usual {
			p.WouldHaveEnded(time.Minute)
		}
		p.at = p.at.Add(paceWindow)
	}
	if got := p.admitted(5); got != 0 {
		t.Errorf("%d taken although all orders time out", got)
	}
	p.WouldHaveEnded(time.Minute)
	if got := p.admitted(5); got != 0 {
		t.Errorf("%d taken for one that had been ended", got)
	}
}

func TestAnAdmittedOrderThatIsNoneMakesRoom(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.fallBehind()
	if p.Admit() {
		t.Fatal("taken")
	}
	p.Ended(11 * time.Second)
	if !p.Admit() {
		t.Fatal("refused")
	}
	p.NotTaken()
	if got := p.admitted(5); got != 1 {
		t.Errorf("%d taken in the place of one", got)
	}
	if p.seconds[0].refused != 4 || p.seconds[0].taken != 1 { // Admit by itself refuses none
		t.Errorf("%d orders were refused, %d taken", p.seconds[0].refused, p.seconds[0].taken)
	}
}

// Of a replica that gets all requests, and sees half of the ends.
func TestPaceLearnsHowManyEndForOneThatItSees(t *testing.T) {
	p := newPaced(10 * time.Second)
	seconds := func(taken, ended int, note func(time.Duration), want float64) {
		t.Helper()
		for range 100 {
			p.admitted(taken)
			for range ended {
				note(time.Second / 2)
			}
			p.at = p.at.Add(paceWindow)
		}
		if p.Admit(); math.Abs(p.share.each()-want) > 0.2 {
			t.Errorf("%v end for one, want %v", p.share.each(), want)
		}
	}
	seconds(200, 100, p.Ended, 2)
	seconds(200, 200, p.EndedEarly, 2) // which says nothing of the others
	p.behind, p.credit, p.debt, p.room, p.forgiven = true, 0, 10, 2, p.at.Add(time.Second)
	for range 7 {
		p.Ended(time.Second)
	}
	if got := p.admitted(20); got != 8 {
		t.Errorf("%d taken after seven ends, want those of the last two", got)
	}
	p.behind = false
	seconds(50, 100, p.Ended, 1)
	seconds(100, 1, p.Ended, shareMost)
}

// It was placed by a process whose clock was ahead.
func TestAnOrderThatEndsBeforeItIsPlaced(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.window(usual, -time.Hour)
	if !p.Admit() || p.before != 0 {
		t.Errorf("refused, or it waited %v", p.before)
	}
}

// seconds is a row of windows that are alike.
type seconds struct {
	n       int
	ended   int // in each
	waited  time.Duration
	refuses bool // after them
}

// What a process sees of a saga that changes, and whether it refuses orders then.
func TestPaceTellsOverloadFromAnOutage(t *testing.T) {
	const late, short = 11 * time.Second, time.Second
	for name, course := range map[string][]seconds{
		"a fast machine":              {{30, 1000, short, false}, {paceStands, 800, late, true}, {60, 800, late, true}, {1, 800, short, false}},
		"a slow machine":              {{30, 30, short, false}, {paceStands, 25, late, true}, {60, 25, late, true}, {1, 25, short, false}},
		"overload that leaves little": {{30, 1000, short, false}, {paceStands, 100, late, true}, {60, 100, late, true}},
		"overload from the start":     {{paceStands, 30, late, true}},
		"one of many replicas":        {{30, 8, short, false}, {paceStands, 6, late, true}, {60, 6, late, true}},
		"replicas are added":          {{30, 1000, short, false}, {30, 30, late, false}, {100, 30, late, true}},
		"a short queue":               {{30, 30, short, false}, {paceStands - 1, 30, late, false}, {1, 30, short, false}, {paceStands - 1, 30, late, false}},
		"a stall before it refuses": {
			{30, 30, short, false}, {paceStands - 1, 30, late, false}, {1, 1, late, false}, {1, 30, late, true},
		},
		"stalls while it refuses": {
			{30, 30, short, false}, {paceStands, 30, late, true}, {1, 0, 0, true}, {3, 30, late, true}, {paceAway - 1, 1, late, true}, {1, 30, late, true},
		},
		"an outage": {{30, 30, short, false}, {600, 0, 0, false}},
		"an outage with a trickle": {
			{30, 1000, short, false}, {300, 2, late, false},
		},
		"a slow machine's outage with a trickle": {{30, 30, short, false}, {30, 1, late, false}},
		"an outage in overload": {
			{30, 30, short, false}, {10, 30, late, true}, {paceAway, 1, late, false}, {30, 0, 0, false},
		},
		"the return, worked off at once": {
			{30, 30, short, false}, {60, 0, 0, false}, {paceStands - 1, 60, time.Minute, false}, {1, 30, short, false},
		},
		"the return of a long queue": {
			{30, 30, short, false}, {600, 0, 0, false}, {paceStands, 60, time.Minute, true}, {60, 60, time.Minute, true}, {1, 60, short, false},
		},
		"the return, slowly": {
			{30, 30, short, false}, {60, 0, 0, false}, {1, 1, time.Minute, false}, {1, 4, time.Minute, false}, {1, 30, time.Minute, false}, {1, 30, short, false},
		},
		"hardly an order": {{600, 1, short, false}, {1, 0, 0, false}, {1, 1, late, false}, {1, 0, 0, false}, {1, 1, short, false}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPaced(10 * time.Second)
			for i, s := range course {
				for range s.n {
					p.window(s.ended, s.waited)
				}
				if p.Admit(); p.behind != s.refuses {
					t.Fatalf("after part %d: it refuses: %v", i, p.behind)
				}
			}
		})
	}
}

// What was long ago says nothing, and a clock that is set back stops nothing.
func TestPaceGoesByWindowsThatFollowEachOther(t *testing.T) {
	p := newPaced(10 * time.Second)
	p.admitted(5)
	p.fallBehind()
	p.at = p.at.Add(time.Hour)
	if got := p.admitted(1000); got != 1000 || !slices.Equal(p.seconds[1:], make([]second, 10)) {
		t.Errorf("%d taken an hour after overload, %v before", got, p.seconds)
	}
	p.at = p.at.Add(paceWindow)
	p.fallBehind()
	if p.Admit() {
		t.Fatal("taken")
	}
	p.at = p.at.Add(-time.Hour)
	if got := p.admitted(1000); got != 1000 {
		t.Errorf("%d taken after the clock was set back", got)
	}
}

func TestPaceCanBeOff(t *testing.T) {
	p := newPaced(0)
	p.fallBehind()
	if !p.Admit() {
		t.Error("refused")
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
