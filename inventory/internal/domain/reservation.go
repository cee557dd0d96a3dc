// Package domain keeps the stock: which pieces are set aside for which order,
// and that none is ever set aside twice.
package domain

import (
	"slices"
	"time"

	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/money"
)

// OrderID names an order; for this service it is opaque.
type OrderID string

// Order is what the stock needs to know of an order that was placed.
type Order struct {
	ID            OrderID
	CustomerID    string
	Items         []Item
	TotalAmount   money.Amount
	PaymentMethod string // empty when the order names none
}

// Reservation is what is set aside for one order. It changes together with the
// shelf that holds its products.
type Reservation struct {
	orderID   OrderID
	status    Status
	items     []Item // as ordered: a product may be on several
	createdAt time.Time
	updatedAt time.Time
	events    event.Recorder
}

// ReservationSnapshot is a Reservation's state, for storing and showing it.
// A tombstone (cancelled before the order arrived) has no items.
type ReservationSnapshot struct {
	OrderID   OrderID
	Status    Status
	Items     []Item
	CreatedAt time.Time
	UpdatedAt time.Time
}

// NewReservation returns the reservation of an order that nothing is known of.
func NewReservation(id OrderID) *Reservation { return &Reservation{orderID: id} }

// RestoreReservation returns the reservation that a snapshot was taken of.
func RestoreReservation(s ReservationSnapshot) *Reservation {
	return &Reservation{orderID: s.OrderID, status: s.Status, items: s.Items, createdAt: s.CreatedAt, updatedAt: s.UpdatedAt}
}

// Snapshot returns the reservation's state.
func (r *Reservation) Snapshot() ReservationSnapshot {
	return ReservationSnapshot{
		OrderID: r.orderID, Status: r.status, Items: slices.Clone(r.items),
		CreatedAt: r.createdAt, UpdatedAt: r.updatedAt,
	}
}

// Status returns where the reservation stands.
func (r *Reservation) Status() Status { return r.status }

// Products returns the products it is about, each once, in ascending order.
func (r *Reservation) Products() []ProductID { return ProductsOf(r.items) }

// Recorded returns what happened to the reservation since it was loaded.
func (r *Reservation) Recorded() []event.Event { return r.events.Recorded() }

// Reserve sets every item of the order aside, or nothing when any product is
// short. An order without items, or with an empty one, is errs.Invalid.
func (r *Reservation) Reserve(order Order, shelf Shelf, now time.Time) error {
	if admitted, err := r.admits(created); !admitted {
		return err
	}
	if err := checkItems(order.Items); err != nil {
		return err
	}
	r.items = slices.Clone(order.Items)
	if short := shelf.shortages(r.items); len(short) > 0 {
		r.become(Rejected, now, InventoryUnavailable{OrderID: r.orderID, Shortages: short})
		return nil
	}
	if err := shelf.reserve(r.items, now); err != nil {
		return err
	}
	r.become(Reserved, now, InventoryReserved{
		OrderID: r.orderID, CustomerID: order.CustomerID, Items: slices.Clone(r.items),
		TotalAmount: order.TotalAmount, PaymentMethod: order.PaymentMethod,
	})
	return nil
}

// Release gives back what is set aside for an order that was cancelled. When
// nothing has been asked for yet it leaves a tombstone, so that the order's
// own arrival later reserves nothing. After a sale it is errs.Contradiction.
func (r *Reservation) Release(shelf Shelf, now time.Time) error {
	if admitted, err := r.admits(cancelled); !admitted {
		return err
	}
	if r.status == None {
		r.become(Released, now)
		return nil
	}
	if err := shelf.release(r.items, now); err != nil {
		return err
	}
	r.become(Released, now, InventoryReleased{OrderID: r.orderID, Items: slices.Clone(r.items)})
	return nil
}

// Commit sells what is set aside for an order that was confirmed. Where nothing
// is set aside, and nothing was sold before, it is errs.Contradiction.
func (r *Reservation) Commit(shelf Shelf, now time.Time) error {
	if admitted, err := r.admits(confirmed); !admitted {
		return err
	}
	if err := shelf.sell(r.items, now); err != nil {
		return err
	}
	r.become(Committed, now)
	return nil
}

func (r *Reservation) become(status Status, now time.Time, happened ...event.Event) {
	if r.status == None {
		r.createdAt = now
	}
	r.status, r.updatedAt = status, now
	for _, e := range happened {
		r.events.Record(e)
	}
}
