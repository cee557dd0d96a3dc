package postgres

import (
	"context"
	"fmt"
	"time"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

var _ application.Keys = (*Orders)(nil)

// AddOnce implements application.Orders.
func (r *Orders) AddOnce(ctx context.Context, o *domain.Order, key application.IdempotencyKey) (*domain.Order, error) {
	id, err := parseID(o.ID())
	if err != nil {
		return nil, fmt.Errorf("add order: %w", err)
	}
	once := &request{IdempotencyKey: key}
	if err := r.group.Do(ctx, &operation{ctx: ctx, id: id, add: o, once: once}); err != nil {
		return nil, fmt.Errorf("add order: %w", err)
	}
	return once.order, nil
}

// Rows that another replica deletes at the moment are passed over; this one
// doesn't wait for it.
const deleteKeys = `
DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
	SELECT ctid FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))`

// ForgetKeys implements application.Keys.
func (r *Orders) ForgetKeys(ctx context.Context, placedBefore time.Time, limit int) (int, error) {
	deleted, err := r.pool.Exec(ctx, deleteKeys, placedBefore, limit)
	if err != nil {
		return 0, pgkit.Translate(fmt.Errorf("delete idempotency keys: %w", err))
	}
	return int(deleted.RowsAffected()), nil
}
