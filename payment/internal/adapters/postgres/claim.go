package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/pgkit"
)

// Both rows of a payment are locked. Those of which another one holds either are
// skipped, not waited for. What was settled since the statement began has lost its row
// in payments_due; what was claimed since then, and is due again, has one that is too new
// for the statement to move, so it leaves the payment alone, too.
//
// A row of payments_due that its payment disagrees with, because somebody wrote only one
// of them, goes: claims would look at it first for ever. Both are read as they were when
// the statement began, when a payment that is locked now agreed. A row that is newer than
// that is invisible to the DELETE, so none goes that is right.
//
// The planner may believe that next to nothing is due, and would rather read all of it,
// or all payments. So each payment is looked up, and a row is moved by its place (ctid).
//
// One statement is one transaction: the claim is committed when it returns.
const claimPayments = `
WITH due AS (
	SELECT ctid AS place, next_attempt_at AS at, order_id AS due_order FROM payments_due
	WHERE next_attempt_at <= $1
	ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
), free AS (
	SELECT place FROM due CROSS JOIN LATERAL (
		SELECT FROM payments
		WHERE order_id = due_order AND next_attempt_at = at FOR UPDATE SKIP LOCKED
	) AS payment
), stray AS (
	DELETE FROM payments_due WHERE ctid = ANY (ARRAY(
		SELECT place FROM due
		WHERE at IS DISTINCT FROM (SELECT next_attempt_at FROM payments WHERE order_id = due_order)))
), moved AS (
	UPDATE payments_due SET next_attempt_at = $2
	WHERE ctid = ANY (ARRAY(SELECT place FROM free))
	RETURNING order_id AS moved_order
)
UPDATE payments SET claimed = true, next_attempt_at = $2 FROM moved
WHERE order_id = moved_order
RETURNING ` + columns + `, ` + originColumns

// Claim implements application.Payments.
func (r *Payments) Claim(ctx context.Context, now, until time.Time, limit int) ([]application.Claimed, error) {
	rows, err := r.pool.Query(ctx, claimPayments, now, until, limit)
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("claim payments: %w", err))
	}
	due, err := pgx.CollectRows(rows, func(found pgx.CollectableRow) (application.Claimed, error) {
		c, err := pgx.RowToStructByPos[stored](found)
		return application.Claimed{Payment: c.toDomain(), Origin: c.toEvent()}, err
	})
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("claim payments: %w", err))
	}
	return due, nil
}
