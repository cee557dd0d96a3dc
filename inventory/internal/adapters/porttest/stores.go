// Package porttest is what every adapter of application.Reservations and
// application.Products has to pass.
package porttest

import (
	"maps"
	"slices"
	"testing"
	"time"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/outbox"
)

// Now is the time at which the tests happen.
var Now = time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)

// Clock always tells Now.
func Clock() time.Time { return Now }

// Stores are two adapters on one database, with a look at its outbox.
type Stores struct {
	Reservations application.Reservations
	Products     application.Products
	// Outbox returns what waits to be published, oldest first; the bodies may be absent.
	Outbox func(t *testing.T) []outbox.Message
}

// Run tests the stores that newStores returns. Each has 10 of product-A, 5 of
// product-B, none of product-C, and no reservation.
func Run(t *testing.T, newStores func(t *testing.T) Stores) {
	tests := maps.Clone(reservationTests)
	maps.Copy(tests, productTests)
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) { tests[name](t, newStores(t)) })
	}
}

// Order returns an order of the items.
func Order(id string, items ...domain.Item) domain.Order {
	return domain.Order{ID: domain.OrderID(id), CustomerID: "c", Items: items, TotalAmount: 15000}
}

func (s Stores) reserve(t *testing.T, o domain.Order) {
	t.Helper()
	if err := application.NewReserveStock(s.Reservations, Clock).Do(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func (s Stores) release(t *testing.T, id domain.OrderID) {
	t.Helper()
	if err := application.NewReleaseStock(s.Reservations, Clock).Do(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func (s Stores) commit(t *testing.T, id domain.OrderID) {
	t.Helper()
	if err := application.NewCommitStock(s.Reservations, Clock).Do(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

// reservation returns an order's reservation, and fails when there is none.
func (s Stores) reservation(t *testing.T, id domain.OrderID) domain.ReservationSnapshot {
	t.Helper()
	found, err := s.Reservations.List(t.Context(), application.Filter{OrderID: id, Limit: 2})
	if err != nil || len(found) != 1 {
		t.Fatalf("order %s has %d reservations, %v", id, len(found), err)
	}
	return found[0].Snapshot()
}

// wantStock compares a product's available, reserved and sold pieces.
func (s Stores) wantStock(t *testing.T, id domain.ProductID, available, reserved, sold int) {
	t.Helper()
	p, err := s.Products.ByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	got := p.Snapshot()
	if got.Available != available || got.Reserved != reserved || got.Sold != sold {
		t.Errorf("%s is %+v, want %d available, %d reserved, %d sold", id, got, available, reserved, sold)
	}
}

func (s Stores) wantOutbox(t *testing.T, want ...string) {
	t.Helper()
	var types []string
	for _, m := range s.Outbox(t) {
		types = append(types, m.Type)
	}
	if !slices.Equal(types, want) {
		t.Errorf("outbox = %v, want %v", types, want)
	}
}
