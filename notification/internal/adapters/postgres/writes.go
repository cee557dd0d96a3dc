package postgres

import (
	"slices"

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
	FROM unnest($1::new_notification[]) AS new
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
	rows := pgkit.Rows(firsts, func(op *operation, to *pgkit.Row) { op.add.write(to) })
	tx.InsertNew(insertNotifications, rows).Query(func(added pgx.Rows) error { return noteAdded(added, adding) })
}

func (n *stored) write(to *pgkit.Row) {
	to.Text(n.OrderID)
	to.Text(n.Type)
	to.Text(n.EventID)
	to.Text(n.CustomerID)
	to.Text(n.Channel)
	to.Text(n.Body)
	to.Int(int64(n.Attempts))
	to.Time(n.NextAttemptAt)
	to.Time(n.CreatedAt)
	to.TimeOrNull(n.DeliveredAt)
	to.Text(n.CorrelationID)
	to.Text(n.CausationID)
	to.Text(n.Traceparent)
	to.Text(n.Tracestate)
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
FROM unnest($1::notification_change[]) AS new
WHERE notifications.order_id = new.order_id AND notifications.type = new.type AND notifications.delivered_at IS NULL
	AND notifications.attempts = new.known_attempts AND notifications.next_attempt_at = new.known_attempt_at
RETURNING 1`

// Whoever holds a notification's row has that of notifications_due, too, and writes it
// afterwards. Each is looked up: a planner who believes that next to nothing is due would
// rather look at all rows for each that has ended.
const (
	deleteDue = `
DELETE FROM notifications_due WHERE ctid = ANY (ARRAY(
	SELECT (SELECT d.ctid FROM notifications_due AS d
		WHERE d.next_attempt_at = ended.next_attempt_at AND d.order_id = ended.order_id AND d.type = ended.type)
	FROM unnest($1::due_notification[]) AS ended))`

	insertDue = `
INSERT INTO notifications_due (next_attempt_at, order_id, type)
SELECT next_attempt_at, order_id, type FROM unnest($1::due_notification[])`
)

// change is what became of a pending notification.
type change struct{ before, after domain.Snapshot }

func queueUpdate(tx *pgkit.Tx, changes []change) {
	if len(changes) == 0 {
		return
	}
	tx.ExpectRows(updateNotifications, pgkit.Rows(changes, change.write))
	tx.Queue(deleteDue, pgkit.Rows(changes, func(c change, to *pgkit.Row) { writeDue(c.before, to) }))
	if postponed := stillPending(changes); len(postponed) > 0 {
		tx.Queue(insertDue, pgkit.Rows(postponed, writeDue))
	}
}

func (c change) write(to *pgkit.Row) {
	to.Text(string(c.before.OrderID))
	to.Text(string(c.before.Type))
	to.Int(int64(c.after.Attempts))
	to.Time(c.after.NextAttemptAt)
	to.TimeOrNull(orNull(c.after.DeliveredAt))
	to.Int(int64(c.before.Attempts))
	to.Time(c.before.NextAttemptAt)
}

func writeDue(s domain.Snapshot, to *pgkit.Row) {
	to.Time(s.NextAttemptAt)
	to.Text(string(s.OrderID))
	to.Text(string(s.Type))
}

func stillPending(changes []change) (pending []domain.Snapshot) {
	for _, c := range changes {
		if c.after.DeliveredAt.IsZero() {
			pending = append(pending, c.after)
		}
	}
	return pending
}
