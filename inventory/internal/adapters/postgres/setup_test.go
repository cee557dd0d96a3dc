package postgres

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/inventory/internal/adapters/porttest"
	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/migrations"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/outbox/outboxtest"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// fixture is the repositories on a new database, with the seed stock in it:
// 10 of product-A, 5 of product-B, none of product-C.
type fixture struct {
	*Reservations
	products *Products
	pool     *pgxpool.Pool
	handed   *atomic.Int32

	reserve *application.ReserveStock
	release *application.ReleaseStock
	commit  *application.CommitStock
}

func setup(t *testing.T) fixture {
	pool := pgtest.New(t, migrations.Of("inventory"))
	f := fixture{products: NewProducts(pool), pool: pool, handed: &atomic.Int32{}}
	f.Reservations = NewReservations(pool, outbox.NewEncoder("inventory", porttest.Clock, uuid.NewString, toData), porttest.Clock, f.hand)
	f.reserve = application.NewReserveStock(f, porttest.Clock)
	f.release = application.NewReleaseStock(f, porttest.Clock)
	f.commit = application.NewCommitStock(f, porttest.Clock)
	return f
}

// hand stands in for the relay.
func (f fixture) hand(m []outbox.Message) { f.handed.Add(int32(len(m))) }

// replica returns another one's repository on the same database: the two don't
// share transactions.
func (f fixture) replica() *Reservations {
	return NewReservations(f.pool, f.encode, f.known.now, f.hand)
}

// toData stands in for the messaging adapter's mapping.
func toData(happened event.Event) (contracts.Data, error) {
	switch e := happened.(type) {
	case domain.InventoryReserved:
		return contracts.InventoryReserved{OrderID: e.Subject(), CustomerID: e.CustomerID}, nil
	case domain.InventoryUnavailable:
		return contracts.InventoryUnavailable{OrderID: e.Subject()}, nil
	case domain.InventoryReleased:
		return contracts.InventoryReleased{OrderID: e.Subject()}, nil
	}
	return nil, fmt.Errorf("unexpected %T", happened)
}

// stock returns a product's available, reserved and sold pieces.
func (f fixture) stock(t *testing.T, id domain.ProductID) [3]int {
	t.Helper()
	p, err := f.products.ByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Snapshot()
	return [3]int{s.Available, s.Reserved, s.Sold}
}

// reservation returns an order's reservation, and fails when there is none.
func (f fixture) reservation(t *testing.T, id domain.OrderID) domain.ReservationSnapshot {
	t.Helper()
	found, err := f.List(t.Context(), application.Filter{OrderID: id, Limit: 2})
	if err != nil || len(found) != 1 {
		t.Fatalf("order %s has %d reservations, %v", id, len(found), err)
	}
	return found[0].Snapshot()
}

// events returns the types in the outbox.
func (f fixture) events(t *testing.T) (types []string) {
	for _, m := range outboxtest.Rows(t, f.pool) {
		types = append(types, m.Type)
	}
	return types
}
