package domain

import (
	"fmt"
	"time"

	"orders.internal/shared-kernel/errs"
)

// ProductID names a product. Ids are compared byte by byte.
type ProductID string

// MaxAvailable is the largest stock that a product can be set to, in pieces.
const MaxAvailable = 1_000_000_000

// Product is the stock of one product. Every piece of it is available,
// reserved for an order, or sold; reservations move pieces between the three
// and never change their sum.
type Product struct {
	id        ProductID
	available int
	reserved  int
	sold      int
	updatedAt time.Time
}

// ProductSnapshot is a Product's state, for storing and showing it.
type ProductSnapshot struct {
	ID        ProductID
	Available int // pieces that can be reserved
	Reserved  int // pieces set aside for orders that are not decided yet
	Sold      int
	UpdatedAt time.Time
}

// NewProduct returns a product of which there is nothing yet.
func NewProduct(id ProductID) *Product { return &Product{id: id} }

// RestoreProduct returns the product that a snapshot was taken of.
func RestoreProduct(s ProductSnapshot) *Product {
	return &Product{id: s.ID, available: s.Available, reserved: s.Reserved, sold: s.Sold, updatedAt: s.UpdatedAt}
}

// Snapshot returns the product's state.
func (p *Product) Snapshot() ProductSnapshot {
	return ProductSnapshot{ID: p.id, Available: p.available, Reserved: p.reserved, Sold: p.sold, UpdatedAt: p.updatedAt}
}

// SetAvailable restocks: from now on so many pieces can be reserved. What is
// reserved or sold stays so. Outside 0 to MaxAvailable it is errs.Invalid.
func (p *Product) SetAvailable(pieces int, now time.Time) error {
	if pieces < 0 || pieces > MaxAvailable {
		return errs.InvalidFields(errs.Field{Name: "available", Detail: fmt.Sprintf("must be 0 to %d", MaxAvailable)})
	}
	p.available, p.updatedAt = pieces, now
	return nil
}

// move applies a change of each of the three numbers, all of them or none.
// A number that would fall below zero means that product and reservations no
// longer agree, which no input can bring about.
func (p *Product) move(available, reserved, sold int, now time.Time) error {
	available, reserved, sold = p.available+available, p.reserved+reserved, p.sold+sold
	if available < 0 || reserved < 0 || sold < 0 {
		return fmt.Errorf("stock of product %q can't become available %d, reserved %d, sold %d", p.id, available, reserved, sold)
	}
	p.available, p.reserved, p.sold, p.updatedAt = available, reserved, sold, now
	return nil
}
