package application

import (
	"context"
	"fmt"
	"time"

	"orders.internal/inventory/internal/domain"
)

// ReserveStock sets aside what a new order asks for.
type ReserveStock struct {
	reservations Reservations
	now          func() time.Time
}

// NewReserveStock returns the use case.
func NewReserveStock(reservations Reservations, now func() time.Time) *ReserveStock {
	return &ReserveStock{reservations: reservations, now: now}
}

// Do reserves all of the order or, when any product is short, nothing. For
// an order that was handled or cancelled before it does nothing.
func (uc *ReserveStock) Do(ctx context.Context, order domain.Order) error {
	err := uc.reservations.Update(ctx, order.ID, domain.ProductsOf(order.Items),
		func(r *domain.Reservation, shelf domain.Shelf) error { return r.Reserve(order, shelf, uc.now()) })
	if err != nil {
		return fmt.Errorf("reserve stock: %w", err)
	}
	return nil
}
