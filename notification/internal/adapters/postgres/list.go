package postgres

import (
	"context"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// List implements application.Notifications.
func (r *Notifications) List(ctx context.Context, f application.Filter) ([]*domain.Notification, error) {
	listing := pgkit.NewestFirst(columns, "notifications", "created_at", "event_id")
	pgkit.Key(listing, "order_id", string(f.OrderID))
	pgkit.Within(listing, "customer_id", f.CustomerID)
	if f.After != nil {
		listing.After(f.After.CreatedAt, f.After.EventID)
	}
	return pgkit.List(ctx, r.pool, listing, f.Limit, func(found row) (*domain.Notification, error) {
		return found.toDomain(), nil
	})
}
