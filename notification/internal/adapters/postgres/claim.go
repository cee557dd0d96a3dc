package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/pgkit"
)

// Rows that another worker is claiming are skipped, not waited for. One
// statement is one transaction: the claim is committed when it returns.
const claimNotifications = `
WITH due AS (
	SELECT order_id AS due_order, type AS due_type FROM notifications
	WHERE delivered_at IS NULL AND next_attempt_at <= $1
	ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE notifications SET next_attempt_at = $2 FROM due
WHERE order_id = due_order AND type = due_type
RETURNING ` + columns + `, ` + originColumns

// Claim implements application.Notifications.
func (r *Notifications) Claim(ctx context.Context, now, until time.Time, limit int) ([]application.Claimed, error) {
	rows, err := r.pool.Query(ctx, claimNotifications, now, until, limit)
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("claim notifications: %w", err))
	}
	due, err := pgx.CollectRows(rows, func(found pgx.CollectableRow) (application.Claimed, error) {
		c, err := pgx.RowToStructByPos[stored](found)
		return application.Claimed{Notification: c.toDomain(), Origin: event.Origin(c.origin)}, err
	})
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("claim notifications: %w", err))
	}
	return due, nil
}
