package monitor

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// batch is how many the use case asks for at a time.
const batch = 500

// overdue is a store of orders that are all overdue. It commits none of a look's before all of
// them have come, as a batch would that has no end but that.
type overdue struct {
	application.Orders
	orders []*domain.Order
	fail   map[domain.OrderID]error

	mu      sync.Mutex
	missing int           // of the look's
	all     chan struct{} // closed when none is missing
}

// follow returns a monitor that has worked for longer than an order may take.
func follow(n int) (*overdue, *Monitor) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	o := &overdue{fail: map[domain.OrderID]error{}}
	for i := range n {
		o.orders = append(o.orders, domain.Restore(domain.Snapshot{
			ID: domain.OrderID(rune('a' + i)), Status: domain.Pending, CreatedAt: now.Add(-2 * timeout)}))
	}
	clock := func() time.Time { return now }
	m := New(application.NewExpireOrders(o, timeout, clock), &world{}, clock, slog.New(slog.DiscardHandler))
	m.state, m.lastLook, m.counted = following, now, now.Add(-timeout)
	return o, m
}

func (o *overdue) Overdue(_ context.Context, _ time.Time, limit int) (ids []domain.OrderID, err error) {
	for _, order := range o.orders {
		if s := order.Snapshot(); s.Status == domain.Pending && len(ids) < limit {
			ids = append(ids, s.ID)
		}
	}
	o.missing, o.all = len(ids), make(chan struct{})
	return ids, nil
}

func (o *overdue) Update(_ context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	o.mu.Lock()
	if o.missing--; o.missing == 0 {
		close(o.all)
	}
	o.mu.Unlock()
	<-o.all
	if err := o.fail[id]; err != nil {
		return err
	}
	for _, order := range o.orders {
		if order.ID() == id {
			return change(order)
		}
	}
	return errs.New(errs.NotFound, "no such order")
}

func (o *overdue) pending() (n int) {
	for _, order := range o.orders {
		if order.Snapshot().Status == domain.Pending {
			n++
		}
	}
	return n
}

func TestOverdueOrdersAreCancelledTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where waiting for ever is a failure
		o, m := follow(batch + 1)
		if again := m.look(t.Context()); !again || o.pending() != 1 {
			t.Errorf("%d pending, again at once: %v", o.pending(), again)
		}
		if again := m.look(t.Context()); again || o.pending() != 0 {
			t.Errorf("%d pending, again at once: %v", o.pending(), again)
		}
	})
}

func TestOrderThatCantBeCancelledKeepsNoneOfTheOthers(t *testing.T) {
	o, m := follow(3)
	o.fail["b"] = errors.New("a row that can't be read")
	if m.look(t.Context()); o.pending() != 1 || m.state != following {
		t.Errorf("%d pending, state %d", o.pending(), m.state)
	}
}

// Its time must not count, even if it is over at the next look.
func TestOutageWhileOrdersAreCancelledSendsTheMonitorToRest(t *testing.T) {
	o, m := follow(batch)
	o.fail["b"] = errs.New(errs.Unavailable, "the database is not available")
	if again := m.look(t.Context()); again || m.state != resting || o.pending() != 1 {
		t.Errorf("state %d, %d pending, again at once: %v", m.state, o.pending(), again)
	}
}

// It would be looked for without a pause.
func TestOrdersOfWhichNoneCanBeCancelledWaitForTheNextLook(t *testing.T) {
	o, m := follow(batch)
	for _, order := range o.orders {
		o.fail[order.ID()] = errors.New("a row that can't be read")
	}
	if again := m.look(t.Context()); again || m.state != following {
		t.Errorf("state %d, again at once: %v", m.state, again)
	}
}
