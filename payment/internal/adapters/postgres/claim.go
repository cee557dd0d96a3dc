package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/pgkit"
)

// Rows that another worker is claiming are skipped, not waited for. One
// statement is one transaction: the claim is committed when it returns.
const claimPayments = `
WITH due AS (
	SELECT order_id AS id FROM payments
	WHERE next_attempt_at IS NOT NULL AND next_attempt_at <= $1 -- the first for the planner: few have one
	ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE payments SET claimed = true, next_attempt_at = $2 FROM due
WHERE order_id = due.id
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
