package postgres

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// operation is one call that shares a transaction: it adds an order or changes
// one.
type operation struct {
	ctx    context.Context // the call's, for the origin of its events
	id     uuid.UUID
	add    *domain.Order
	once   *request // of an order that is added under a key
	change func(*domain.Order) error
	placed *domain.Snapshot // of the order to be changed, when it is believed to be still as it was placed

	messages []outbox.Message // that it made
}

// retriedAs is the key of what a caller does again who has failed; nil: nobody can.
func (op *operation) retriedAs() any {
	switch {
	case op.once != nil:
		return op.once.id()
	case op.add != nil:
		return nil // the next one has another id
	}
	return op.id
}

// transact does the operations of one transaction in two round trips: one locks
// orders and claims keys, one writes. Keys that have been used before take one more.
// With no keys and only orders to be changed that were placed here a moment ago, it is
// one: they are locked, and verified, with the writes.
//
// Each transaction locks orders, all of them in one statement, before it claims keys,
// and either in one order, so that none waits in a circle.
func (r *Orders) transact(ctx context.Context, tx *pgkit.Tx, operations []*operation) ([]error, error) {
	orders, believed := believe(operations)
	if believed {
		expectPending(tx, orders)
	} else {
		orders = lock(tx, operations)
	}
	keys := claim(tx, operations)
	if !believed || len(keys.firsts) > 0 {
		if err := tx.Send(ctx); err != nil {
			return nil, fmt.Errorf("lock orders and claim idempotency keys: %w", err)
		}
	}
	holders, err := keys.holders(ctx, tx)
	if err != nil {
		return nil, err
	}
	var w writes
	outcomes := make([]error, len(operations))
	for i, op := range operations {
		op.messages = nil // of a run before this one
		switch {
		case op.once != nil:
			if outcomes[i], err = r.addOnce(&w, holders, op); err != nil {
				return nil, err
			}
		case op.add != nil:
			outcomes[i] = r.add(&w, op)
		default:
			outcomes[i] = r.change(&w, orders, op)
		}
	}
	r.placed.forgetChanged(operations, orders)
	w.queue(tx)
	return outcomes, nil
}

// Locked in the order of their ids, so that transactions wait for each other and
// never in a circle.
const lockOrders = `SELECT ` + columns + ` FROM orders WHERE id = ANY($1) ORDER BY id FOR UPDATE`

// lock queues the locking of the orders that are to be changed. It returns where they
// are once that is sent, as far as they exist.
func lock(tx *pgkit.Tx, operations []*operation) map[uuid.UUID]*domain.Order {
	var ids []uuid.UUID
	for _, op := range operations {
		if op.change != nil {
			ids = append(ids, op.id)
		}
	}
	orders := make(map[uuid.UUID]*domain.Order, len(ids))
	tx.Queue(lockOrders, ids).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		if err != nil {
			return err
		}
		for _, row := range found {
			if orders[row.ID], err = row.toDomain(); err != nil {
				return err
			}
		}
		return nil
	})
	return orders
}

func (r *Orders) add(w *writes, op *operation) error {
	row, err := toRow(op.add.Snapshot())
	if err != nil {
		return err
	}
	messages, err := r.encode(op.ctx, op.add.Recorded())
	if err != nil {
		return err
	}
	w.inserted = append(w.inserted, row)
	w.happened(op.id, op.add.Snapshot().Status, op.add.Observed(), messages)
	op.messages = messages
	return nil
}

// change applies one operation. Several of one transaction may concern the same
// order: each sees what those before it made of it, and nothing of one that failed.
func (r *Orders) change(w *writes, orders map[uuid.UUID]*domain.Order, op *operation) error {
	o, exists := orders[op.id]
	if !exists {
		return notFound(domain.OrderID(op.id.String()))
	}
	before, recorded, observed := o.Snapshot(), len(o.Recorded()), len(o.Observed())
	messages, err := r.apply(op, o, recorded)
	if err != nil {
		orders[op.id] = domain.Restore(before)
		return err
	}
	after := o.Snapshot()
	if after.Status != before.Status || !after.RefundedAt.Equal(before.RefundedAt) {
		w.update(op.id, after)
	}
	w.happened(op.id, after.Status, o.Observed()[observed:], messages)
	op.messages = messages
	return nil
}

// apply returns the events that the change adds to those recorded before it.
func (r *Orders) apply(op *operation, o *domain.Order, recorded int) ([]outbox.Message, error) {
	if err := op.change(o); err != nil {
		return nil, err
	}
	return r.encode(op.ctx, o.Recorded()[recorded:])
}
