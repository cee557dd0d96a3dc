package application

import (
	"context"

	"orders.internal/inventory/internal/domain"
)

// ListReservations shows what is or was set aside.
type ListReservations struct {
	reservations Reservations
}

// NewListReservations returns the use case.
func NewListReservations(reservations Reservations) *ListReservations {
	return &ListReservations{reservations: reservations}
}

// Do returns the reservations that match, newest first.
func (uc *ListReservations) Do(ctx context.Context, f Filter) ([]*domain.Reservation, error) {
	return uc.reservations.List(ctx, f)
}
