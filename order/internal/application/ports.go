// Package application holds what the order service can do, one use case a file,
// and the ports through which it reaches the outside.
package application

//go:generate go tool mockgen -source=ports.go -destination=mocks_test.go -package=application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
)

// Orders keeps the orders. Every method's error has the code errs.Unavailable
// while the store can't be reached.
type Orders interface {
	// Add saves a new order and its events in one transaction.
	Add(ctx context.Context, o *domain.Order) error
	// AddOnce is Add for a request that may be sent again. It returns the order
	// that its key stands for: o, or the one that was saved under the key before,
	// as it is now. While that one is being saved, it waits. The key of another
	// request is ErrKeyReused.
	AddOnce(ctx context.Context, o *domain.Order, key IdempotencyKey) (*domain.Order, error)
	// PlacedUnder returns the order that was saved under the key, as it is now, or
	// errs.NotFound. It waits for none that is being saved. The key of another
	// request is ErrKeyReused.
	PlacedUnder(ctx context.Context, key IdempotencyKey) (*domain.Order, error)
	// Update locks the order, applies change, and saves its state, events and
	// observations in one transaction. change does no I/O and may run again; its
	// error rolls back and is returned. There being no such order is errs.NotFound.
	Update(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error
	// UpdateSoon is Update for a change that no customer waits for. It may take
	// some milliseconds longer.
	UpdateSoon(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error
	// ByID returns the order, or errs.NotFound.
	ByID(ctx context.Context, id domain.OrderID) (*domain.Order, error)
	// List returns the orders that match the filter, newest first.
	List(ctx context.Context, f Filter) ([]*domain.Order, error)
	// Overdue returns the ids of at most limit orders that are still pending and
	// were placed before the given time, oldest first.
	Overdue(ctx context.Context, placedBefore time.Time, limit int) ([]domain.OrderID, error)
}

// Filter selects orders. Its zero fields select everything.
type Filter struct {
	CustomerID    string
	Status        domain.Status
	Reason        domain.CancellationReason
	CreatedFrom   *time.Time // inclusive
	CreatedBefore *time.Time // exclusive
	After         *Position  // only what comes after this in the list
	Limit         int
}

// Position is an order's place in the list.
type Position struct {
	CreatedAt time.Time
	ID        domain.OrderID
}

// Keys are the idempotency keys that orders were placed under.
type Keys interface {
	// ForgetKeys deletes at most limit keys of orders that were placed before the
	// given time, the oldest first, and returns how many. It passes over those that
	// somebody else is deleting. Its error has the code errs.Unavailable while the
	// store can't be reached.
	ForgetKeys(ctx context.Context, placedBefore time.Time, limit int) (int, error)
}

// Backlog knows how many events wait to be published.
type Backlog interface {
	// Full reports whether so many wait that no new order should be taken.
	Full() bool
}

// Journal is what happened to all orders, as one sequence in which nothing
// appears late: of what a reader has seen up to a position, nothing changes any
// more. Every method's error has the code errs.Unavailable while the store can't
// be reached.
type Journal interface {
	// OfOrder returns the entries of an order by their positions, or errs.NotFound.
	OfOrder(ctx context.Context, id domain.OrderID) ([]Entry, error)
	// After returns the first entries after the position, at most limit.
	After(ctx context.Context, position int64, limit int) ([]Entry, error)
	// OfCustomer returns the first entries after the position that are about the
	// customer's orders, at most limit. It reads all that there are of these, and
	// nothing of others.
	OfCustomer(ctx context.Context, customer string, position int64, limit int) ([]Entry, error)
	// Head returns the position of the last entry, 0 while there is none.
	Head(ctx context.Context) (int64, error)
}

// Feed hands on what is added to the journal, as it is added.
type Feed interface {
	// Subscribe hands on, by its positions, everything selected that is added after
	// it has returned. Its error is errs.Unavailable: the feed didn't get to work
	// before ctx ended.
	Subscribe(ctx context.Context, s Selection) (Subscription, error)
}

// Subscription is what one reader gets of a feed. It needs to be closed.
type Subscription interface {
	Entries() <-chan *Entry
	// Ended is closed when the reader doesn't keep up, and when the feed ends:
	// nothing more is sent to Entries.
	Ended() <-chan struct{}
	// Position is how far the feed is: whatever is selected up to it was sent to
	// Entries.
	Position() int64
	Close()
}
