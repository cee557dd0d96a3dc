package postgres

import (
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// One that is there already is not added. (NOT EXISTS would be planned as one reading
// of the whole table, as long as that is small.)
const insertNotifications = `
WITH added AS (
	INSERT INTO notifications (` + columns + `, ` + originColumns + `)
	SELECT ` + columns + `, ` + originColumns + `
	FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::timestamptz[],
		$9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[])
		AS new (` + columns + `, ` + originColumns + `)
	WHERE (SELECT old.event_id FROM notifications AS old WHERE old.order_id = new.order_id AND old.type = new.type) IS NULL
	RETURNING order_id, type, next_attempt_at, delivered_at
), due AS (
	INSERT INTO notifications_due (next_attempt_at, order_id, type)
	SELECT next_attempt_at, order_id, type FROM added WHERE delivered_at IS NULL
)
SELECT order_id, type FROM added`

// queueInsert adds the first of those that have the same key. Which operations have
// added their notification is noted when it has been executed.
func queueInsert(tx *pgkit.Tx, adding []*operation) {
	if len(adding) == 0 {
		return
	}
	slices.SortStableFunc(adding, func(a, b *operation) int { return compare(a.key, b.key) })
	firsts := slices.CompactFunc(slices.Clone(adding), func(a, b *operation) bool { return a.key == b.key })
	of := func(value func(*stored) string) []string {
		return pgkit.Column(firsts, func(op *operation) string { return value(op.add) })
	}
	tx.InsertNew(insertNotifications,
		of(func(n *stored) string { return n.OrderID }),
		of(func(n *stored) string { return n.Type }),
		of(func(n *stored) string { return n.EventID }),
		of(func(n *stored) string { return n.CustomerID }),
		of(func(n *stored) string { return n.Channel }),
		of(func(n *stored) string { return n.Body }),
		pgkit.Column(firsts, func(op *operation) int { return op.add.Attempts }),
		pgkit.Column(firsts, func(op *operation) time.Time { return op.add.NextAttemptAt }),
		pgkit.Column(firsts, func(op *operation) time.Time { return op.add.CreatedAt }),
		pgkit.Column(firsts, func(op *operation) *time.Time { return op.add.DeliveredAt }),
		of(func(n *stored) string { return n.CorrelationID }),
		of(func(n *stored) string { return n.CausationID }),
		of(func(n *stored) string { return n.Traceparent }),
		of(func(n *stored) string { return n.Tracestate }),
	).Query(func(rows pgx.Rows) error { return noteAdded(rows, adding) })
}

// noteAdded marks the first operation of each key that was inserted.
func noteAdded(rows pgx.Rows, adding []*operation) error {
	inserted := make(map[domain.Key]bool, len(adding))
	var key domain.Key
	_, err := pgx.ForEachRow(rows, []any{(*string)(&key.OrderID), (*string)(&key.Type)}, func() error {
		inserted[key] = true
		return nil
	})
	for _, op := range adding {
		op.added = inserted[op.key]
		delete(inserted, op.key)
	}
	return err
}

const updateNotifications = `
UPDATE notifications
SET attempts = new.attempts, next_attempt_at = new.next_attempt_at, delivered_at = new.delivered_at
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::timestamptz[])
	AS new (order_id, type, attempts, next_attempt_at, delivered_at, known_attempts, known_attempt_at)
WHERE notifications.order_id = new.order_id AND notifications.type = new.type AND notifications.delivered_at IS NULL
	AND notifications.attempts = new.known_attempts AND notifications.next_attempt_at = new.known_attempt_at
RETURNING 1`

// Whoever holds a notification's row has that of notifications_due, too, and writes it
// afterwards. Each is looked up: a planner who believes that next to nothing is due would
// rather look at all rows for each that has ended.
const (
	deleteDue = `
DELETE FROM notifications_due WHERE ctid = ANY (ARRAY(
	SELECT (SELECT d.ctid FROM notifications_due AS d WHERE d.next_attempt_at = old.at AND d.order_id = old.id AND d.type = old.kind)
	FROM unnest($1::timestamptz[], $2::text[], $3::text[]) AS old (at, id, kind)))`

	insertDue = `
INSERT INTO notifications_due (next_attempt_at, order_id, type)
SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[])`
)

// change is what became of a pending notification.
type change struct{ before, after domain.Snapshot }

func queueUpdate(tx *pgkit.Tx, changes []change) {
	if len(changes) == 0 {
		return
	}
	orders := pgkit.Column(changes, func(c change) string { return string(c.before.OrderID) })
	types := pgkit.Column(changes, func(c change) string { return string(c.before.Type) })
	knownDue := pgkit.Column(changes, func(c change) time.Time { return c.before.NextAttemptAt })
	tx.ExpectRows(updateNotifications, orders, types,
		pgkit.Column(changes, func(c change) int { return c.after.Attempts }),
		pgkit.Column(changes, func(c change) time.Time { return c.after.NextAttemptAt }),
		pgkit.Column(changes, func(c change) *time.Time { return orNull(c.after.DeliveredAt) }),
		pgkit.Column(changes, func(c change) int { return c.before.Attempts }),
		knownDue)
	tx.Queue(deleteDue, knownDue, orders, types)
	if postponed := stillPending(changes); len(postponed) > 0 {
		tx.Queue(insertDue,
			pgkit.Column(postponed, func(s domain.Snapshot) time.Time { return s.NextAttemptAt }),
			pgkit.Column(postponed, func(s domain.Snapshot) string { return string(s.OrderID) }),
			pgkit.Column(postponed, func(s domain.Snapshot) string { return string(s.Type) }))
	}
}

func stillPending(changes []change) (pending []domain.Snapshot) {
	for _, c := range changes {
		if c.after.DeliveredAt.IsZero() {
			pending = append(pending, c.after)
		}
	}
	return pending
}
