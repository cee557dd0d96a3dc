package postgres

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// Calls that share a transaction see each other's order as if they had come one
// after the other, and a failed one has no part in what is saved.
func TestOperationsOfOneTransaction(t *testing.T) {
	f := setup(t)
	old, added := porttest.NewOrder(t, "c", porttest.Now), porttest.NewOrder(t, "c", porttest.Now)
	id := uuid.MustParse(string(f.add(t, old)))
	refused := errors.New("refused")
	operations := []*operation{
		{ctx: t.Context(), id: id, change: func(o *domain.Order) error {
			o.Observe(domain.Observation{EventID: "e-0", Type: "InventoryReserved", OccurredAt: porttest.Now})
			o.Cancel(domain.TimedOut, "", porttest.Now)
			return refused
		}},
		{ctx: t.Context(), id: uuid.MustParse(string(added.Snapshot().ID)), add: added},
		{ctx: t.Context(), id: id, change: func(o *domain.Order) error {
			o.Observe(domain.Observation{EventID: "e-1", Type: "PaymentProcessed", Source: "/payment", OccurredAt: porttest.Now})
			o.Confirm(porttest.Now)
			return nil
		}},
		{ctx: t.Context(), id: id, change: func(o *domain.Order) error {
			o.Cancel(domain.CustomerRequest, "", porttest.Now) // too late
			return nil
		}},
		{ctx: t.Context(), id: uuid.New(), change: func(*domain.Order) error { return nil }},
	}
	outcomes := f.inOneTransaction(t, operations...)
	if !errors.Is(outcomes[0], refused) || outcomes[1] != nil || outcomes[2] != nil || outcomes[3] != nil || !errs.Is(outcomes[4], errs.NotFound) {
		t.Errorf("outcomes = %v", outcomes)
	}
	o, err := f.ByID(t.Context(), domain.OrderID(id.String()))
	if err != nil || o.Snapshot().Status != domain.Completed {
		t.Errorf("the changed order is %+v, %v", o.Snapshot(), err)
	}
	if _, err := f.ByID(t.Context(), added.Snapshot().ID); err != nil {
		t.Errorf("the added order: %v", err)
	}
	var types []string
	for _, m := range f.outbox(t) {
		types = append(types, m.Type)
	}
	if len(types) != 3 || types[0] != "OrderCreated" || types[1] != "OrderCreated" || types[2] != "OrderConfirmed" {
		t.Errorf("outbox = %v", types)
	}
	lines := 0
	if err := f.pool.QueryRow(t.Context(), "SELECT count(*) FROM timeline WHERE order_id = $1", id).Scan(&lines); err != nil || lines != 3 {
		t.Errorf("%d lines in the timeline, %v; want OrderCreated, PaymentProcessed and OrderConfirmed", lines, err)
	}
}
