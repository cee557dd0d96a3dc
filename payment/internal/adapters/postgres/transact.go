package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// operation is one call of Update or UpdateKnown that shares a transaction.
type operation struct {
	ctx    context.Context // the call's, for the origin of what it makes
	id     domain.OrderID
	known  *domain.Snapshot // what the caller believes that is stored; nil: he doesn't know, or was wrong
	change func(*domain.Payment) error
	effect effect
}

// effect says who has something to do after an operation.
type effect struct {
	messages []outbox.Message // the relay
	due      bool             // the worker: the time of the next call has changed
}

// transact does the operations of one transaction in one round trip, when it is known
// what their payments are; otherwise in two: one reads and locks, one writes.
//
// Either nothing is read of any payment or all are locked before anything is written:
// a transaction that held rows of some while it began to lock others could wait for
// another one in a circle.
func (r *Payments) transact(ctx context.Context, tx *pgkit.Tx, operations []*operation) ([]error, error) {
	if w, known := r.applyToKnown(operations); known {
		w.queue(tx)
		return make([]error, len(operations)), nil
	}
	found, err := lock(ctx, tx, operations)
	if err != nil {
		return nil, err
	}
	w := newWrites(found)
	outcomes := make([]error, len(operations))
	for i, op := range operations {
		op.effect, outcomes[i] = r.apply(w, op)
	}
	w.queue(tx)
	return outcomes, nil
}

// Locked in the order of their ids, so that transactions wait for each other and
// never in a circle.
const lockPayments = `SELECT ` + columns + ` FROM payments WHERE order_id = ANY($1) ORDER BY order_id FOR UPDATE`

// lock returns the payments that are to be changed, as far as they exist.
func lock(ctx context.Context, tx *pgkit.Tx, operations []*operation) (map[domain.OrderID]domain.Snapshot, error) {
	ids := make([]string, len(operations))
	for i, op := range operations {
		ids[i] = string(op.id)
	}
	found := make(map[domain.OrderID]domain.Snapshot, len(ids))
	tx.Queue(lockPayments, ids).Query(func(rows pgx.Rows) error {
		payments, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		for _, p := range payments {
			found[domain.OrderID(p.OrderID)] = p.toSnapshot()
		}
		return err
	})
	if err := tx.Send(ctx); err != nil {
		return nil, fmt.Errorf("lock payments: %w", err)
	}
	return found, nil
}

// apply does one operation. Several of one transaction may concern the same
// payment: each sees what those before it made of it, and nothing of one that
// failed. Each gets a copy of its own, which its caller may keep.
func (r *Payments) apply(w *writes, op *operation) (effect, error) {
	before := w.current(op.id)
	p := domain.Restore(before)
	if err := op.change(p); err != nil {
		return effect{}, err
	}
	after := p.Snapshot()
	if after == before {
		return effect{}, nil // a repetition
	}
	messages, err := r.encode(op.ctx, p.Recorded())
	if err != nil {
		return effect{}, err
	}
	w.save(saved{after, event.OriginOf(op.ctx)}, messages)
	hasWorker := after.Claimed && !before.Claimed
	return effect{
		messages: messages,
		due:      !after.DueAt.IsZero() && !after.DueAt.Equal(before.DueAt) && !hasWorker,
	}, nil
}
