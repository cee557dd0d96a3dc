package postgres

import (
	"time"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// due is a row of payments_due: each payment that has a next call has one. It belongs
// to whoever holds the payment's row, and is written after that.
type due struct {
	at time.Time
	id domain.OrderID
}

// dues are those that a transaction ends and begins.
type dues struct{ ended, begun []due }

func (d *dues) change(before, after domain.Snapshot) {
	if before.DueAt.Equal(after.DueAt) {
		return
	}
	if !before.DueAt.IsZero() {
		d.ended = append(d.ended, due{before.DueAt, after.OrderID})
	}
	if !after.DueAt.IsZero() {
		d.begun = append(d.begun, due{after.DueAt, after.OrderID})
	}
}

// Each row is looked up: a planner who believes that next to nothing is due would rather
// look at all rows for each that has ended.
const deleteDue = `
DELETE FROM payments_due WHERE ctid = ANY (ARRAY(
	SELECT (SELECT d.ctid FROM payments_due AS d WHERE d.next_attempt_at = ended.next_attempt_at AND d.order_id = ended.order_id)
	FROM unnest($1::due_payment[]) AS ended))`

const insertDue = `
INSERT INTO payments_due (next_attempt_at, order_id)
SELECT next_attempt_at, order_id FROM unnest($1::due_payment[])`

// queue deletes first: a time may differ by less than the table keeps.
func (d *dues) queue(tx *pgkit.Tx) {
	queueDue(tx, deleteDue, d.ended)
	queueDue(tx, insertDue, d.begun)
}

func queueDue(tx *pgkit.Tx, statement string, rows []due) {
	if len(rows) > 0 {
		tx.Queue(statement, pgkit.Rows(rows, due.write))
	}
}

func (d due) write(to *pgkit.Row) {
	to.Time(d.at)
	to.Text(string(d.id))
}
