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
	rows := pgkit.Rows(firsts, func(op *operation, row *pgkit.Row) { op.add.write(row) })
	tx.InsertNew(insertNotifications, rows).Query(func(added pgx.Rows) error { return noteAdded(added, adding) })
}

func (n *stored) write(row *pgkit.Row) {
	row.Text(n.OrderID)
	row.Text(n.Type)
	row.Text(n.EventID)
	row.Text(n.CustomerID)
	row.Text(n.Channel)
	row.Text(n.Body)
	row.Int(int64(n.Attempts))
	row.Time(n.NextAttemptAt)
	row.Time(n.CreatedAt)
	row.TimeOrNull(n.DeliveredAt)
	row.Text(n.CorrelationID)
	row.Text(n.CausationID)
	row.Text(n.Traceparent)
	row.Text(n.Tracestate)
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
	tx.Queue(deleteDue, pgkit.Rows(changes, func(c change, row *pgkit.Row) { writeDue(c.before, row) }))
	if postponed := stillPending(changes); len(postponed) > 0 {
		tx.Queue(insertDue, pgkit.Rows(postponed, writeDue))
	}
}

func (c change) write(row *pgkit.Row) {
	row.Text(string(c.before.OrderID))
	row.Text(string(c.before.Type))
	row.Int(int64(c.after.Attempts))
	row.Time(c.after.NextAttemptAt)
	row.TimeOrNull(orNull(c.after.DeliveredAt))
	row.Int(int64(c.before.Attempts))
	row.Time(c.before.NextAttemptAt)
}

func writeDue(s domain.Snapshot, row *pgkit.Row) {
	row.Time(s.NextAttemptAt)
	row.Text(string(s.OrderID))
	row.Text(string(s.Type))
}

func stillPending(changes []change) (pending []domain.Snapshot) {
	for _, c := range changes {
		if c.after.DeliveredAt.IsZero() {
			pending = append(pending, c.after)
		}
	}
	return pending
}
