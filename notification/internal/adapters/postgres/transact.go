package postgres

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

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
	known  *domain.Snapshot // what the caller believes to be stored, until it was tried once
	change func(*domain.Notification)
	added  bool // the caller's to read once the transaction is committed
}

// notifications are states by key.
type notifications map[domain.Key]domain.Snapshot

// transact does the operations of one transaction in one round trip: callers know
// what they change, and the database compares. When it finds something else the
// transaction is run again, and then, as when somebody doesn't know or nothing would be
// compared, reads and locks it all before it writes.
//
// So a transaction locks either all of its notifications before it writes, or each as it
// writes it, always in the order of their keys: none waits in a circle.
func transact(ctx context.Context, tx *pgkit.Tx, operations []*operation) ([]error, error) {
	changed, outcomes, believed := applyToKnown(operations)
	if !believed {
		found, err := lock(ctx, tx, operations)
		if err != nil {
			return nil, err
		}
		changed, outcomes = found.applyAll(operations)
	}
	// Rows that others may hold come before those that they may add: whoever adds waits
	// for nobody who still has to come by a row.
	queueUpdate(tx, changed)
	queueInsert(tx, slices.DeleteFunc(slices.Clone(operations), func(op *operation) bool { return op.add == nil }))
	return outcomes, nil
}

// applyToKnown changes what callers know, and reports whether that may be saved: when
// all know it, and each changes it. What stays as it was would not be compared with what
// is stored.
func applyToKnown(operations []*operation) (changed []change, outcomes []error, believed bool) {
	states, areKnown := known(operations)
	if !areKnown {
		return nil, nil, false
	}
	changed, outcomes = states.applyAll(operations)
	return changed, outcomes, len(changed) == len(states)
}

// known returns the notifications that are to be changed, as callers know them. It is
// false when somebody doesn't, or two change the same. Nobody knows it a second time.
func known(operations []*operation) (notifications, bool) {
	states, all := notifications{}, true
	for _, op := range operations {
		if op.change == nil {
			continue
		}
		_, twice := states[op.key]
		if op.known == nil || twice {
			all = false
			continue
		}
		states[op.key] = *op.known
		op.known = nil
	}
	return states, all
}

// applyAll does those operations that change a notification.
func (all notifications) applyAll(operations []*operation) (changed []change, outcomes []error) {
	current := maps.Clone(all)
	outcomes = make([]error, len(operations))
	for i, op := range operations {
		if op.change != nil {
			outcomes[i] = current.apply(op)
		}
	}
	return changes(all, current), outcomes
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

// changes returns what has changed, in the order of the keys.
func changes(before, after notifications) []change {
	var changed []change
	for key, state := range after {
		if state != before[key] {
			changed = append(changed, change{before[key], state})
		}
	}
	slices.SortFunc(changed, func(a, b change) int {
		return compare(domain.Key{OrderID: a.after.OrderID, Type: a.after.Type}, domain.Key{OrderID: b.after.OrderID, Type: b.after.Type})
	})
	return changed
}

// compare is the order of keys in which transactions lock.
func compare(a, b domain.Key) int {
	return cmp.Or(cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.Type, b.Type))
}

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
