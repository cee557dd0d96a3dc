package application

import (
	"context"
	"fmt"
	"time"

	"orders.internal/inventory/internal/domain"
)

// ReleaseStock gives back what is set aside for a cancelled order.
type ReleaseStock struct {
	reservations Reservations
	now          func() time.Time
}

// NewReleaseStock returns the use case.
func NewReleaseStock(reservations Reservations, now func() time.Time) *ReleaseStock {
	return &ReleaseStock{reservations: reservations, now: now}
}

// Do releases the order's reservation exactly once, and keeps an order that
// has not arrived yet from ever reserving. It fails with
// errs.Contradiction when it is sold.
func (uc *ReleaseStock) Do(ctx context.Context, id domain.OrderID) error {
	err := uc.reservations.Update(ctx, id, nil,
		func(r *domain.Reservation, shelf domain.Shelf) error { return r.Release(shelf, uc.now()) })
	if err != nil {
		return fmt.Errorf("release stock: %w", err)
	}
	return nil
}
