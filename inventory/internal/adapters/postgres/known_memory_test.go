package postgres

import (
	"fmt"
	"testing"
	"time"

	"orders.internal/inventory/internal/adapters/porttest"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/outbox"
)

func TestSecondOfDoubt(t *testing.T) {
	f, batches := setup(t).traced(t)
	now := porttest.Now
	f.known.now = func() time.Time { return now }
	f.look(t)
	for i, c := range []struct {
		set   bool          // stock, behind its back
		later time.Duration // than the event before
		want  int
	}{
		{false, 0, 1},
		{true, 0, 3},
		{false, 0, 2},
		{true, 999 * time.Millisecond, 2}, // in doubt it isn't wrong again
		{false, time.Millisecond, 1},
		{true, time.Hour, 3},
		{false, time.Second, 1},
	} {
		if c.set {
			f.set(t, "product-A", 100+i)
		}
		now = now.Add(c.later)
		sent := batches.During(func() {
			if err := f.reserve.Do(t.Context(), order(fmt.Sprint("o-", i), 1, "product-A")); err != nil {
				t.Error(err)
			}
		})
		if len(sent) != c.want {
			t.Errorf("order %d: sent %d times, want %d", i, len(sent), c.want)
		}
	}
}

// A transaction that isn't committed leaves no trace in what is known either.
func TestWhatIsNotCommittedIsNotKnown(t *testing.T) {
	f := setup(t)
	f.look(t)
	f.encode = outbox.NewEncoder("inventory", porttest.Clock, func() string { return "the same id" }, toData)
	for i, id := range []domain.OrderID{"o-1", "o-2"} {
		if err := f.reserve.Do(t.Context(), order(string(id), 1, "product-A")); (err == nil) != (i == 0) {
			t.Errorf("order %s: %v", id, err)
		}
		if _, known := f.known.reserved.Get(id); known != (i == 0) {
			t.Errorf("reservation of %s is known: %t", id, known)
		}
	}
	if got, stored := f.known.products["product-A"], f.stock(t, "product-A"); stored != [3]int{9, 1, 0} || got.Available != 9 || got.Reserved != 1 {
		t.Errorf("known is %+v, stored %v", got, stored)
	}
}

func TestLimitsOfWhatIsKnown(t *testing.T) {
	k := newKnown(porttest.Clock)
	learn := func(id domain.OrderID, lines int, products ...int) {
		after := newState()
		after.reservations[id] = domain.ReservationSnapshot{OrderID: id, Status: domain.Reserved, Items: make([]domain.Item, lines)}
		for _, n := range products {
			p := domain.ProductID(fmt.Sprint("p-", n))
			after.products[p] = domain.ProductSnapshot{ID: p}
		}
		k.learn(&decision{before: newState(), after: after, orders: []domain.OrderID{id}})
	}
	for n := range 8193 {
		learn(domain.OrderID(fmt.Sprint("o-", n)), 10, n)
	}
	learn("long", 11)
	for id, want := range map[domain.OrderID]bool{"o-0": false, "o-1": true, "o-8192": true, "long": false} {
		if _, known := k.reserved.Get(id); known != want {
			t.Errorf("%s is known: %t", id, known)
		}
	}
	for n := 8193; n < 10_000; n++ {
		learn("o", 1, n)
	}
	learn("o", 1, 17, 4711) // no others
	if n := len(k.products); n != 10_000 {
		t.Errorf("%d products are known", n)
	}
	learn("o", 1, 10_000)
	if n := len(k.products); n != 1 {
		t.Errorf("then %d", n)
	}
}
