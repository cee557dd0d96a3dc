// Package postgres keeps payments in PostgreSQL: a payment's state and its
// events change in one transaction, which concurrent calls share.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// Payments implements application.Payments.
type Payments struct {
	pool   *pgxpool.Pool
	group  *pgkit.Group[*operation]
	encode outbox.Encoder
}

var _ application.Payments = (*Payments)(nil)

// NewPayments returns the repository. It hands over what each commit has put into
// the outbox, and calls settle when one has changed when a payment is due.
func NewPayments(pool *pgxpool.Pool, encode outbox.Encoder, hand func([]outbox.Message), settle func(), options ...pgkit.GroupOption) *Payments {
	r := &Payments{pool: pool, encode: encode}
	r.group = pgkit.NewGroup(pool, r.transact, options...)
	r.group.KeyedBy(func(op *operation) any { return op.id })
	handAll := outbox.HandAll(hand, func(op *operation) []outbox.Message { return op.effect.messages })
	r.group.OnCommit(func(committed []*operation) {
		handAll(committed)
		if slices.ContainsFunc(committed, func(op *operation) bool { return op.effect.due }) {
			settle()
		}
	})
	return r
}

// Update implements application.Payments.
func (r *Payments) Update(ctx context.Context, id domain.OrderID, change func(*domain.Payment) error) error {
	return r.do(ctx, &operation{ctx: ctx, id: id, change: change})
}

// UpdateKnown implements application.Payments.
func (r *Payments) UpdateKnown(ctx context.Context, known *domain.Payment, change func(*domain.Payment) error) error {
	s := known.Snapshot()
	return r.do(ctx, &operation{ctx: ctx, id: s.OrderID, known: &s, change: change})
}

func (r *Payments) do(ctx context.Context, op *operation) error {
	if err := r.group.Do(ctx, op); err != nil {
		return fmt.Errorf("update payment: %w", err)
	}
	return nil
}

const selectPayment = `SELECT ` + columns + ` FROM payments WHERE order_id = $1`

// ByID implements application.Payments.
func (r *Payments) ByID(ctx context.Context, id domain.OrderID) (*domain.Payment, error) {
	rows, err := r.pool.Query(ctx, selectPayment, string(id))
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("read payment: %w", err))
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[row])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errs.New(errs.NotFound, "there is no payment of order %q", id)
	}
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("read payment: %w", err))
	}
	return found.toDomain(), nil
}
