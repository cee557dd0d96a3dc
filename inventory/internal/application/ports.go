// Package application holds what the inventory service can do, one use case a
// file, and the ports through which it reaches the outside.
package application

//go:generate go tool mockgen -source=ports.go -destination=mocks_test.go -package=application

import (
	"context"
	"time"

	"orders.internal/inventory/internal/domain"
)

// Reservations keeps what is set aside for which order. Every method's error has
// the code errs.Unavailable while the store can't be reached.
type Reservations interface {
	// Update hands change the order's reservation, or a new one when there is
	// none, and a shelf of the products: the given ones and the reservation's
	// own, as far as they exist. What change made of them is saved with the
	// reservation's events in one transaction, which has all of them locked when it
	// ends, in the state that change was given: otherwise change runs again. So it
	// does no I/O. Its error rolls back and is returned.
	Update(ctx context.Context, id domain.OrderID, products []domain.ProductID,
		change func(*domain.Reservation, domain.Shelf) error) error
	// List returns the reservations that match the filter, newest first.
	List(ctx context.Context, f Filter) ([]*domain.Reservation, error)
}

// Filter selects reservations. Its zero fields select everything.
type Filter struct {
	OrderID domain.OrderID
	After   *Position // only what comes after this in the list
	Limit   int
}

// Position is a reservation's place in the list.
type Position struct {
	CreatedAt time.Time
	OrderID   domain.OrderID
}

// Products keeps the stock. Every method's error has the code errs.Unavailable
// while the store can't be reached.
type Products interface {
	// Update locks the product, or hands change a new one when there is none,
	// applies change and saves. change does no I/O and may run again; its error
	// rolls back and is returned.
	Update(ctx context.Context, id domain.ProductID, change func(*domain.Product) error) error
	// ByID returns the product, or errs.NotFound.
	ByID(ctx context.Context, id domain.ProductID) (*domain.Product, error)
	// List returns at most limit products in ascending order of their ids,
	// beginning after the given one; the empty id is before all.
	List(ctx context.Context, after domain.ProductID, limit int) ([]*domain.Product, error)
}
