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
// The planner may believe that next to nothing is due. That the two rows agree is asked
// after the limit, or it would read and sort all of them to find the one that does; and
// a row is moved by its place (ctid), or it would look at all of them for each.
//
// One statement is one transaction: the claim is committed when it returns.
const claimPayments = `
WITH due AS (
	SELECT d.ctid AS place, d.next_attempt_at AS at, p.next_attempt_at AS said
	FROM payments_due AS d JOIN payments AS p ON p.order_id = d.order_id
	WHERE d.next_attempt_at <= $1
	ORDER BY d.next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
), moved AS (
	UPDATE payments_due SET next_attempt_at = $2
	WHERE ctid = ANY (ARRAY(SELECT place FROM due WHERE at = said))
	RETURNING order_id AS id
)
UPDATE payments SET claimed = true, next_attempt_at = $2 FROM moved
WHERE order_id = moved.id
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
