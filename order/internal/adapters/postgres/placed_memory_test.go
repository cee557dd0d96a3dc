package postgres

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// Only who has really placed an order under a key remembers it.
func TestRequestSentAgainIsNotAPlacement(t *testing.T) {
	f := setup(t)
	replica, key := f.replica(t), keyed("k", 1)
	again := porttest.NewOrder(t, "c", porttest.Now)
	for _, o := range []*domain.Order{porttest.NewOrder(t, "c", porttest.Now), again} {
		if _, err := f.AddOnce(t.Context(), o, key); err != nil {
			t.Fatal(err)
		}
	}
	first, err := replica.AddOnce(t.Context(), porttest.NewOrder(t, "c", porttest.Now), key)
	if err != nil {
		t.Fatal(err)
	}
	id, other := uuid.MustParse(string(first.ID())), uuid.MustParse(string(again.ID()))
	if f.placed.get(id) == nil || f.placed.get(other) != nil || replica.placed.get(id) != nil {
		t.Errorf("remembered: %v and %v, and %v elsewhere", f.placed.get(id), f.placed.get(other), replica.placed.get(id))
	}
}

func TestOrderThatIsNotSavedIsNotRemembered(t *testing.T) {
	f := setup(t)
	o := porttest.NewOrder(t, "c", porttest.Now)
	id := uuid.MustParse(string(f.add(t, o)))
	f.placed = newPlaced(1)
	if err := f.Add(t.Context(), o); err == nil || f.placed.get(id) != nil {
		t.Errorf("%v; remembered: %v", err, f.placed.get(id))
	}
}

func TestLastPlacedOrdersAreRemembered(t *testing.T) {
	f := NewOrders(nil, nil, nil)
	ids := make([]uuid.UUID, 8193)
	for i := range ids {
		ids[i] = uuid.New()
		f.placed.remember(ids[i], domain.Snapshot{ID: domain.OrderID(ids[i].String()), Status: domain.Pending})
	}
	for i, want := range map[int]bool{0: false, 1: true, 8192: true} {
		if s := f.placed.get(ids[i]); (s != nil) != want || want && string(s.ID) != ids[i].String() {
			t.Errorf("order %d: %v", i, s)
		}
	}
	f.placed.forgetChanged([]*operation{{id: ids[1]}, {id: ids[2], change: observing("e")}}, nil)
	if f.placed.get(ids[1]) == nil || f.placed.get(ids[2]) != nil {
		t.Error("forgotten is another one than that which has gone")
	}
}

func TestLongOrdersAreNotRemembered(t *testing.T) {
	p := newPlaced(3)
	for lines, want := range map[int]bool{mostLines: true, mostLines + 1: false} {
		id := uuid.New()
		p.remember(id, domain.Snapshot{Items: make([]domain.Item, lines)})
		if got := p.get(id) != nil; got != want {
			t.Errorf("%d lines: %t", lines, got)
		}
	}
}

// Nobody's order is another's.
func TestRememberedOrderStaysAsItWasPlaced(t *testing.T) {
	f := setup(t)
	o := porttest.NewOrder(t, "c", porttest.Now)
	id := f.add(t, o)
	spoil := func(o *domain.Order) error {
		o.Snapshot().Items[0].Quantity = 999
		return nil
	}
	if err := spoil(o); err != nil {
		t.Fatal(err)
	}
	f.change(t, id, spoil)
	f.change(t, id, func(o *domain.Order) error {
		if items := o.Snapshot().Items; items[0].Quantity != 2 {
			t.Errorf("items = %v", items)
		}
		return nil
	})
}

// An event about an order may come as soon as its first one is published: by then it is
// remembered, also when nobody waits for the answer any more.
func TestOrderIsRememberedBeforeAnybodyHearsOfIt(t *testing.T) {
	f := setup(t)
	heard := make(chan error, 1)
	f.Orders = NewOrders(f.pool, encoder(), func(m []outbox.Message) {
		for _, message := range m {
			if id := uuid.MustParse(message.Subject); f.placed.get(id) == nil {
				heard <- fmt.Errorf("%s is not remembered", id)
				return
			}
		}
		heard <- nil
	})
	f.add(t, porttest.NewOrder(t, "customer-1", porttest.Now))
	if err := <-heard; err != nil {
		t.Error(err)
	}
	leaving, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	err := pgkit.InTx(t.Context(), f.pool, func(ctx context.Context, tx *pgkit.Tx) error {
		tx.Queue("LOCK TABLE orders")
		if err := tx.Send(ctx); err != nil {
			return err
		}
		go func() { left <- f.Add(leaving, porttest.NewOrder(t, "customer-2", porttest.Now)) }()
		pgtest.AwaitBlocked(t, f.pool)
		leave()
		if err := <-left; err == nil {
			t.Error("who has left got an answer")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-heard; err != nil {
		t.Error(err)
	}
}
