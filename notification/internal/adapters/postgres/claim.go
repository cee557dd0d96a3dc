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

// Both rows of a notification are locked. Those of which another one holds either are
// skipped, not waited for. What was delivered since the statement began has lost its row
// in notifications_due; what was claimed since then, and is due again, has one that is
// too new for the statement to move, so it leaves the notification alone, too.
//
// A row of notifications_due that its notification disagrees with, because somebody wrote
// only one of them, goes: claims would look at it first for ever. Both are read as they
// were when the statement began, when a notification that is locked now agreed. A row that
// is newer than that is invisible to the DELETE, so none goes that is right.
//
// The planner may believe that next to nothing is due, and would rather read all of it,
// or all notifications. So each notification is looked up, and a row is moved by its place
// (ctid).
//
// One statement is one transaction: the claim is committed when it returns.
const claimNotifications = `
WITH due AS (
	SELECT ctid AS place, next_attempt_at AS at, order_id AS due_order, type AS due_type FROM notifications_due
	WHERE next_attempt_at <= $1
	ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
), free AS (
	SELECT place FROM due CROSS JOIN LATERAL (
		SELECT FROM notifications
		WHERE order_id = due_order AND type = due_type AND next_attempt_at = at AND delivered_at IS NULL FOR UPDATE SKIP LOCKED
	) AS notification
), stray AS (
	DELETE FROM notifications_due WHERE ctid = ANY (ARRAY(
		SELECT place FROM due WHERE at IS DISTINCT FROM (
			SELECT next_attempt_at FROM notifications
			WHERE order_id = due_order AND type = due_type AND delivered_at IS NULL)))
), moved AS (
	UPDATE notifications_due SET next_attempt_at = $2
	WHERE ctid = ANY (ARRAY(SELECT place FROM free))
	RETURNING order_id AS moved_order, type AS moved_type
)
UPDATE notifications SET next_attempt_at = $2 FROM moved
WHERE order_id = moved_order AND type = moved_type
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
