package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func observing(id string) func(*domain.Order) error {
	return func(o *domain.Order) error {
		o.Observe(domain.Observation{EventID: id, Type: "InventoryReserved", Source: "/inventory", OccurredAt: porttest.Now})
		return nil
	}
}

func (f fixture) events(t *testing.T, id domain.OrderID) (events []string) {
	t.Helper()
	entries, err := f.journal().OfOrder(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		events = append(events, e.Event.EventID)
	}
	return events
}

func TestUpdateSoonLetsOthersGoFirst(t *testing.T) {
	f := setup(t)
	id := f.add(t, porttest.NewOrder(t, "c", porttest.Now))
	idle := NewOrders(f.pool, encoder(), f.hand) // the other may be about to look for calls
	began := time.Now()
	if err := idle.UpdateSoon(t.Context(), id, observing("e-1")); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 10*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

func TestEventThatATransactionSeesTwiceHasOneLine(t *testing.T) {
	f := setup(t)
	id := f.add(t, porttest.NewOrder(t, "c", porttest.Now))
	other := f.add(t, porttest.NewOrder(t, "c", porttest.Now))
	if err := f.Update(t.Context(), id, observing("earlier")); err != nil {
		t.Fatal(err)
	}
	var operations []*operation
	for _, event := range []string{"e-1", "earlier", "e-2", "e-1"} {
		operations = append(operations, &operation{ctx: t.Context(), id: uuid.MustParse(string(id)), change: observing(event)})
	}
	operations = append(operations, &operation{ctx: t.Context(), id: uuid.MustParse(string(other)), change: observing("e-1")})
	err := pgkit.InTx(t.Context(), f.pool, func(ctx context.Context, tx *pgkit.Tx) error {
		_, err := f.transact(ctx, tx, operations)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.events(t, id)[1:]; fmt.Sprint(got) != "[earlier e-1 e-2]" { // after OrderCreated
		t.Errorf("events = %v", got)
	}
	if got := f.events(t, other)[1:]; fmt.Sprint(got) != "[e-1]" {
		t.Errorf("the other order's events = %v", got)
	}
}

// A delivery and its repetition are handled by two replicas at the same time.
func TestEventThatReplicasSeeHasOneLine(t *testing.T) {
	f := setup(t)
	replicas := []fixture{f, f.replica(t)}
	var all sync.WaitGroup
	var ids []domain.OrderID
	for range 50 {
		id := f.add(t, porttest.NewOrder(t, "c", porttest.Now))
		ids = append(ids, id)
		for _, replica := range replicas {
			for _, event := range []string{"e-1", "e-2"} {
				all.Go(func() {
					if err := replica.Update(t.Context(), id, observing(event)); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
	all.Wait()
	for _, id := range ids {
		if got := f.events(t, id); len(got) != 3 {
			t.Errorf("events = %v, want OrderCreated, e-1 and e-2", got)
		}
	}
}

func TestLinesAreLookedUpByTheirKey(t *testing.T) {
	f := setup(t)
	plan := pgtest.PlanWithoutValues(t, f.pool, insertTimeline, "NULL")
	if !strings.Contains(plan, "timeline_pkey") || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "hashed") {
		t.Errorf("plan:\n%s", plan)
	}
}
