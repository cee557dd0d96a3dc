package postgres

import (
	"context"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"

	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
)

// operation is one call that shares a transaction: it adds a notification or
// changes one.
type operation struct {
	key    domain.Key
	add    *stored
	change func(*domain.Notification)
	added  bool // the caller's to read once the transaction is committed
}

// notifications are states by key.
type notifications map[domain.Key]domain.Snapshot

// transact does the operations of one transaction in two round trips: one reads
// and locks what is to be changed, if there is something, one writes. The insert
// comes before the update: it is the only one that may wait for another transaction.
func transact(ctx context.Context, tx *pgkit.Tx, operations []*operation) ([]error, error) {
	found, err := lock(ctx, tx, operations)
	if err != nil {
		return nil, err
	}
	var adding []*operation
	current := maps.Clone(found)
	outcomes := make([]error, len(operations))
	for i, op := range operations {
		if op.add != nil {
			adding = append(adding, op)
			continue
		}
		outcomes[i] = current.apply(op)
	}
	queueInsert(tx, adding)
	queueUpdate(tx, changes(found, current))
	return outcomes, nil
}

// apply changes one notification. Several operations of one transaction may
// concern the same: each sees what those before it made of it.
func (all notifications) apply(op *operation) error {
	state, exists := all[op.key]
	if !exists {
		return errs.New(errs.NotFound, "there is no notification of %s for order %q", op.key.Type, op.key.OrderID)
	}
	n := domain.Restore(state)
	op.change(n)
	all[op.key] = n.Snapshot()
	return nil
}

func changes(before, after notifications) []domain.Snapshot {
	var changed []domain.Snapshot
	for key, state := range after {
		if state != before[key] {
			changed = append(changed, state)
		}
	}
	return changed
}

// Locked in the order of their keys, so that transactions wait for each other
// and never in a circle.
const lockNotifications = `
SELECT ` + columns + ` FROM notifications
WHERE (order_id, type) IN (SELECT * FROM unnest($1::text[], $2::text[]))
ORDER BY order_id, type FOR UPDATE`

// lock returns the notifications that are to be changed, as far as they exist.
func lock(ctx context.Context, tx *pgkit.Tx, operations []*operation) (notifications, error) {
	var orders, types []string
	for _, op := range operations {
		if op.change != nil {
			orders = append(orders, string(op.key.OrderID))
			types = append(types, string(op.key.Type))
		}
	}
	found := make(notifications, len(orders))
	if len(orders) == 0 {
		return found, nil
	}
	tx.Queue(lockNotifications, orders, types).Query(func(rows pgx.Rows) error {
		stored, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		for _, row := range stored {
			state := row.toSnapshot()
			found[domain.Key{OrderID: state.OrderID, Type: state.Type}] = state
		}
		return err
	})
	if err := tx.Send(ctx); err != nil {
		return nil, fmt.Errorf("lock notifications: %w", err)
	}
	return found, nil
}
