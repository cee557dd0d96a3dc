package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// The partial index orders_pending holds only what is in flight, so the scan
// costs the same however many orders have ended.
const selectOverdue = `
SELECT id::text FROM orders
WHERE status = 'PENDING' AND created_at < $1
ORDER BY created_at LIMIT $2`

// Overdue implements application.Orders.
func (r *Orders) Overdue(ctx context.Context, placedBefore time.Time, limit int) ([]domain.OrderID, error) {
	rows, err := r.pool.Query(ctx, selectOverdue, placedBefore, limit)
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("find overdue orders: %w", err))
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[domain.OrderID])
	return ids, pgkit.Translate(err)
}
