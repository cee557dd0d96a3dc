package postgres

import (
	"context"
	"fmt"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// List implements application.Orders.
func (r *Orders) List(ctx context.Context, f application.Filter) ([]*domain.Order, error) {
	listing := pgkit.NewestFirst(columns, "orders", "created_at", "id")
	pgkit.Within(listing, "customer_id", f.CustomerID)
	pgkit.Equal(listing, "status", string(f.Status))
	pgkit.Equal(listing, "cancellation_reason", string(f.Reason))
	if f.CreatedFrom != nil {
		listing.From(*f.CreatedFrom)
	}
	if f.CreatedBefore != nil {
		listing.Before(*f.CreatedBefore)
	}
	if f.After != nil {
		id, err := parseID(f.After.ID)
		if err != nil {
			return nil, fmt.Errorf("list orders: position: %w", err)
		}
		listing.After(f.After.CreatedAt, id)
	}
	return pgkit.List(ctx, r.pool, listing, f.Limit, row.toDomain)
}
