package postgres

import (
	"context"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// List implements application.Payments.
func (r *Payments) List(ctx context.Context, f application.Filter) ([]*domain.Payment, error) {
	listing := pgkit.NewestFirst(columns, "payments", "created_at", "order_id")
	pgkit.Key(listing, "order_id", string(f.OrderID))
	pgkit.Within(listing, "customer_id", f.CustomerID)
	if f.After != nil {
		listing.After(f.After.CreatedAt, string(f.After.OrderID))
	}
	return pgkit.List(ctx, r.pool, listing, f.Limit, func(r row) (*domain.Payment, error) { return r.toDomain(), nil })
}
