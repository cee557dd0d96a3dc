package application

import (
	"context"
	"fmt"
	"time"

	"orders.internal/inventory/internal/domain"
)

// CommitStock sells what is set aside for a confirmed order.
type CommitStock struct {
	reservations Reservations
	now          func() time.Time
}

// NewCommitStock returns the use case.
func NewCommitStock(reservations Reservations, now func() time.Time) *CommitStock {
	return &CommitStock{reservations: reservations, now: now}
}

// Do sells the order's reservation. It fails with errs.Contradiction when
// nothing is set aside.
func (uc *CommitStock) Do(ctx context.Context, id domain.OrderID) error {
	err := uc.reservations.Update(ctx, id, nil,
		func(r *domain.Reservation, shelf domain.Shelf) error { return r.Commit(shelf, uc.now()) })
	if err != nil {
		return fmt.Errorf("commit stock: %w", err)
	}
	return nil
}
