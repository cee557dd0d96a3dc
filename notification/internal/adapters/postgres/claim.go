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

// Rows that somebody else is claiming or changing are skipped, not waited for: others
// lock a notification before its row among those that are due. One statement is one
// transaction: the claim is committed when it returns.
const claimNotifications = `
WITH due AS (
	SELECT next_attempt_at AS due_at, order_id AS due_order, type AS due_type FROM notifications_due
	WHERE next_attempt_at <= $1
	ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
), free AS (
	SELECT due_at, due_order, due_type FROM due CROSS JOIN LATERAL ( -- each looked up, however the planner would join them
		SELECT FROM notifications
		WHERE order_id = due_order AND type = due_type AND next_attempt_at = due_at AND delivered_at IS NULL
		FOR UPDATE SKIP LOCKED
	) AS notification
), moved AS (
	UPDATE notifications_due AS d SET next_attempt_at = $2 FROM free
	WHERE d.next_attempt_at = due_at AND d.order_id = due_order AND d.type = due_type
)
UPDATE notifications SET next_attempt_at = $2 FROM free
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
