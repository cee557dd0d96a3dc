package rabbitmq

import (
	"context"
	"reflect"
	"testing"
	"time"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
)

// oneOrder is a store with one order's reservation in it.
type oneOrder struct {
	application.Reservations
	reservation *domain.Reservation
	shelf       domain.Shelf
}

func (s oneOrder) Update(_ context.Context, _ domain.OrderID, _ []domain.ProductID, change func(*domain.Reservation, domain.Shelf) error) error {
	return change(s.reservation, s.shelf)
}

func setup(s domain.ReservationSnapshot) (oneOrder, func(contracts.Data) error) {
	store := oneOrder{
		reservation: domain.RestoreReservation(s),
		shelf:       domain.NewShelf(domain.RestoreProduct(domain.ProductSnapshot{ID: "product-A", Available: 5, Reserved: 5})),
	}
	clock := func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	handle := NewHandler(UseCases{
		Reserve: application.NewReserveStock(store, clock),
		Release: application.NewReleaseStock(store, clock),
		Commit:  application.NewCommitStock(store, clock),
	})
	return store, func(data contracts.Data) error {
		return handle(context.Background(), contracts.Message{ID: "e-1", Data: data})
	}
}

var (
	domainItems = []domain.Item{{ProductID: "product-A", Quantity: 2}, {ProductID: "product-A", Quantity: 1}}
	wireItems   = []contracts.Item{{ProductID: "product-A", Quantity: 2}, {ProductID: "product-A", Quantity: 1}}
)

func TestMessagesLeadToTheirUseCases(t *testing.T) {
	for _, c := range []struct {
		from domain.Status
		data contracts.Data
		want domain.Status
	}{
		{domain.None, contracts.OrderCreated{OrderID: "o-1", Items: wireItems}, domain.Reserved},
		{domain.None, contracts.OrderCancelled{OrderID: "o-1"}, domain.Released},
		{domain.Reserved, contracts.OrderCancelled{OrderID: "o-1"}, domain.Released},
		{domain.Reserved, contracts.OrderConfirmed{OrderID: "o-1"}, domain.Committed},
	} {
		store, handle := setup(domain.ReservationSnapshot{OrderID: "o-1", Status: c.from, Items: domainItems})
		if err := handle(c.data); err != nil {
			t.Errorf("%s on %q: %v", c.data.EventType(), c.from, err)
		}
		if got := store.reservation.Status(); got != c.want {
			t.Errorf("%s on %q: %s, want %s", c.data.EventType(), c.from, got, c.want)
		}
	}
}

func TestContradictionsAreToldAsSuch(t *testing.T) {
	_, handle := setup(domain.ReservationSnapshot{OrderID: "o-1", Status: domain.Rejected})
	if err := handle(contracts.OrderConfirmed{OrderID: "o-1"}); !errs.Is(err, errs.Contradiction) {
		t.Errorf("got %v, want errs.Contradiction", err)
	}
}

func TestTheReservationHandsTheOrderOn(t *testing.T) {
	store, handle := setup(domain.ReservationSnapshot{OrderID: "o-1"})
	created := contracts.OrderCreated{OrderID: "o-1", CustomerID: "c", Items: wireItems, TotalAmount: 15000, PaymentMethod: "sim_success"}
	if err := handle(created); err != nil {
		t.Fatal(err)
	}
	got, err := ToData(store.reservation.Recorded()[0])
	if err != nil || !reflect.DeepEqual(got, contracts.InventoryReserved(created)) {
		t.Errorf("got %+v, %v; want the data of %+v", got, err, created)
	}
}

func TestOtherEventsHaveNoEffect(t *testing.T) {
	handle := NewHandler(UseCases{}) // any use case would panic
	for _, data := range []contracts.Data{contracts.PaymentProcessed{}, contracts.InventoryReserved{}, contracts.InventoryUnavailable{}} {
		if err := handle(t.Context(), contracts.Message{ID: "e-1", Data: data}); err != nil {
			t.Errorf("%s: %v", data.EventType(), err)
		}
	}
}

func TestEventsBecomeTheContractsData(t *testing.T) {
	for _, c := range []struct {
		event event.Event
		want  contracts.Data
	}{
		{domain.InventoryReserved{OrderID: "o-1", CustomerID: "c", Items: domainItems, TotalAmount: 100, PaymentMethod: "m"},
			contracts.InventoryReserved{OrderID: "o-1", CustomerID: "c", Items: wireItems, TotalAmount: 100, PaymentMethod: "m"}},
		{domain.InventoryUnavailable{OrderID: "o-1", Shortages: []domain.Shortage{{ProductID: "product-C", Requested: 3}}},
			contracts.InventoryUnavailable{OrderID: "o-1", Shortages: []contracts.Shortage{{ProductID: "product-C", Requested: 3}}}},
		{domain.InventoryReleased{OrderID: "o-1", Items: domainItems},
			contracts.InventoryReleased{OrderID: "o-1", Items: wireItems}},
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
