package postgres

import (
	"context"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// List implements application.Reservations.
func (r *Reservations) List(ctx context.Context, f application.Filter) ([]*domain.Reservation, error) {
	listing := pgkit.NewestFirst(reservationColumns, "reservations", "created_at", "order_id")
	pgkit.Equal(listing, "order_id", string(f.OrderID))
	if f.After != nil {
		listing.After(f.After.CreatedAt, string(f.After.OrderID))
	}
	return pgkit.List(ctx, r.pool, listing, f.Limit, reservationRow.toDomain)
}
