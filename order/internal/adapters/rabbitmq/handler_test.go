package rabbitmq

import (
	"context"
	"reflect"
	"testing"
	"time"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// oneOrder is a store with one pending order in it.
type oneOrder struct {
	application.Orders
	order *domain.Order
}

func (s oneOrder) Update(_ context.Context, _ domain.OrderID, change func(*domain.Order) error) error {
	return change(s.order)
}

func (s oneOrder) UpdateSoon(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	return s.Update(ctx, id, change)
}

func TestMessagesLeadToTheirUseCases(t *testing.T) {
	for _, c := range []struct {
		data   contracts.Data
		status domain.Status
		reason domain.CancellationReason
		detail string
		tries  int
	}{
		{contracts.InventoryReserved{OrderID: "o-1"}, domain.Pending, "", "", 0},
		{contracts.InventoryReleased{OrderID: "o-1"}, domain.Pending, "", "", 0},
		{contracts.InventoryUnavailable{OrderID: "o-1", Shortages: []contracts.Shortage{
			{ProductID: "product-C", Requested: 3, Available: 0}, {ProductID: "product-A", Requested: 11, Available: 10}}},
			domain.Cancelled, domain.InventoryUnavailable,
			"product-C: 3 requested, 0 available; product-A: 11 requested, 10 available", 0},
		{contracts.PaymentProcessed{OrderID: "o-1", Attempts: 2}, domain.Completed, "", "", 2},
		{contracts.PaymentFailed{OrderID: "o-1", Reason: "DECLINED", Attempts: 1}, domain.Cancelled, domain.PaymentFailed, "DECLINED", 1},
		{contracts.PaymentRefunded{OrderID: "o-1"}, domain.Pending, "", "", 0},
	} {
		t.Run(c.data.EventType(), func(t *testing.T) {
			store := oneOrder{order: domain.Restore(domain.Snapshot{ID: "o-1", Status: domain.Pending})}
			clock := func() time.Time { return now }
			handle := NewHandler(UseCases{
				Confirm: application.NewConfirmOrder(store, application.NewPace(0, clock, func(bool) {}), clock),
				Fail:    application.NewFailOrder(store, application.NewPace(0, clock, func(bool) {}), clock),
				Refund:  application.NewRecordRefund(store, clock),
				Observe: application.NewObserveEvent(store),
			})
			m := contracts.Message{ID: "e-1", Time: now, Origin: event.Origin{CausationID: "e-0"}, Data: c.data}
			if err := handle(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			if s := store.order.Snapshot(); s.Status != c.status || s.Reason != c.reason {
				t.Errorf("order is %s %s", s.Status, s.Reason)
			}
			route, _ := contracts.RouteOf(c.data.EventType())
			want := []domain.Observation{{
				EventID: "e-1", Type: c.data.EventType(), Source: "/" + route.Publisher, CausationID: "e-0", OccurredAt: now, Attempts: c.tries,
			}}
			if got := store.order.Observed(); !reflect.DeepEqual(got, want) {
				t.Errorf("observed %+v, want %+v", got, want)
			}
			for _, e := range store.order.Recorded() {
				if cancelled, ok := e.(domain.OrderCancelled); ok && cancelled.Detail != c.detail {
					t.Errorf("detail = %q, want %q", cancelled.Detail, c.detail)
				}
			}
		})
	}
}

func TestOtherEventsHaveNoEffect(t *testing.T) {
	handle := NewHandler(UseCases{}) // any use case would panic
	for _, data := range []contracts.Data{contracts.OrderCreated{}, contracts.OrderConfirmed{}, contracts.OrderCancelled{}} {
		if err := handle(t.Context(), contracts.Message{ID: "e-1", Data: data}); err != nil {
			t.Errorf("%s: %v", data.EventType(), err)
		}
	}
}

func TestEventsBecomeTheContractsData(t *testing.T) {
	items := []domain.Item{{ProductID: "product-A", Quantity: 2}}
	for _, c := range []struct {
		event event.Event
		want  contracts.Data
	}{
		{domain.OrderCreated{OrderID: "o-1", CustomerID: "c", Items: items, Total: 100, PaymentMethod: "m"},
			contracts.OrderCreated{OrderID: "o-1", CustomerID: "c", Items: []contracts.Item{{ProductID: "product-A", Quantity: 2}}, TotalAmount: 100, PaymentMethod: "m"}},
		{domain.OrderConfirmed{OrderID: "o-1", CustomerID: "c", Total: 100},
			contracts.OrderConfirmed{OrderID: "o-1", CustomerID: "c", TotalAmount: 100}},
		{domain.OrderCancelled{OrderID: "o-1", CustomerID: "c", Reason: domain.TimedOut, Detail: "d"},
			contracts.OrderCancelled{OrderID: "o-1", CustomerID: "c", Reason: "TIMEOUT", Detail: "d"}},
	} {
		got, err := ToData(c.event)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("ToData(%T) = %+v, %v; want %+v", c.event, got, err, c.want)
		}
	}
	if _, err := ToData(foreign{}); err == nil {
		t.Error("a foreign event was encoded")
	}
}

type foreign struct{}

func (foreign) EventType() string { return "Foreign" }
func (foreign) Subject() string   { return "o-1" }
