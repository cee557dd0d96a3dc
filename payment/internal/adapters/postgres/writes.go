package postgres

import (
	"maps"
	"slices"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// writes collects what a transaction makes of its payments, to save it with one
// statement for each kind of write.
type writes struct {
	found    map[domain.OrderID]domain.Snapshot // those that exist, as they were locked or as callers believe
	changed  map[domain.OrderID]saved           // the last of each
	messages []outbox.Message
}

func newWrites(found map[domain.OrderID]domain.Snapshot) *writes {
	return &writes{found: found, changed: map[domain.OrderID]saved{}}
}

// saved is a payment's new state and what brought it.
type saved struct {
	domain.Snapshot
	event.Origin
}

// current returns what the operations so far have made of an order's payment.
func (w *writes) current(id domain.OrderID) domain.Snapshot {
	if s, changed := w.changed[id]; changed {
		return s.Snapshot
	}
	if p, exists := w.found[id]; exists {
		return p
	}
	return domain.New(id).Snapshot()
}

func (w *writes) save(s saved, messages []outbox.Message) {
	w.changed[s.OrderID] = s
	w.messages = append(w.messages, messages...)
}

func (w *writes) queue(tx *pgkit.Tx) {
	var added []stored
	var changes []change
	var due dues
	// Sorted, because two transactions that insert the same payments wait for
	// each other, too.
	for _, id := range slices.Sorted(maps.Keys(w.changed)) {
		s := w.changed[id]
		payment := stored{*toRow(s.Snapshot), origin(s.Origin)}
		before, exists := w.found[id]
		due.change(before, s.Snapshot)
		if exists {
			changes = append(changes, change{payment, toRow(before)})
		} else {
			added = append(added, payment)
		}
	}
	// Rows that others may hold come before those that they may insert: whoever
	// inserts waits for nobody who still has to come by a row.
	if len(changes) > 0 {
		tx.ExpectRows(updatePayments, pgkit.Rows(changes, change.write))
	}
	if len(added) > 0 {
		tx.InsertNew(insertPayments, pgkit.Rows(added, stored.write))
	}
	due.queue(tx)
	outbox.Queue(tx, w.messages)
}

const insertPayments = `
INSERT INTO payments (` + columns + `, ` + originColumns + `)
SELECT ` + columns + `, ` + originColumns + ` FROM unnest($1::new_payment[])`

func (s stored) write(to *pgkit.Row) {
	to.Text(s.OrderID)
	to.Text(s.CustomerID)
	to.IntOrNull(s.Amount)
	to.Text(s.Method)
	to.Bool(s.Claimed)
	s.row.writeState(to)
	to.Time(s.CreatedAt)
	s.origin.write(to)
}

// change is what became of a payment.
type change struct {
	is  stored
	was *row
}

// Compared is all that the change may depend on and that may have changed. Times that are
// compared were rounded alike, by the driver if not before.
const updatePayments = `
UPDATE payments
SET status = new.status, cancel_requested = new.cancel_requested, attempts = new.attempts, postponed = new.postponed,
	transaction_id = new.transaction_id, refund_id = new.refund_id, failure_reason = new.failure_reason,
	next_attempt_at = new.next_attempt_at, updated_at = new.updated_at, correlation_id = new.correlation_id,
	causation_id = new.causation_id, traceparent = new.traceparent, tracestate = new.tracestate
FROM unnest($1::payment_change[]) AS new
WHERE payments.order_id = new.order_id
	AND (payments.claimed, payments.status, payments.cancel_requested, payments.attempts, payments.postponed,
		payments.transaction_id, payments.refund_id, payments.failure_reason, payments.next_attempt_at, payments.updated_at)
	IS NOT DISTINCT FROM (was_claimed, was_status, was_cancel_requested, had_attempts, was_postponed,
		had_transaction_id, had_refund_id, had_failure_reason, was_due_at, was_updated_at)
RETURNING payments.order_id`

func (c change) write(to *pgkit.Row) {
	to.Text(c.is.OrderID)
	c.is.row.writeState(to)
	c.is.origin.write(to)
	to.Bool(c.was.Claimed)
	c.was.writeState(to)
}

// writeState writes the columns that change.
func (r row) writeState(to *pgkit.Row) {
	to.Text(r.Status)
	to.Bool(r.CancelRequested)
	to.Int(int64(r.Attempts))
	to.Int(int64(r.Postponed))
	to.TextOrNull(r.TransactionID)
	to.TextOrNull(r.RefundID)
	to.TextOrNull(r.FailureReason)
	to.TimeOrNull(r.NextAttemptAt)
	to.Time(r.UpdatedAt)
}

func (o origin) write(to *pgkit.Row) {
	to.Text(o.CorrelationID)
	to.Text(o.CausationID)
	to.Text(o.Traceparent)
	to.Text(o.Tracestate)
}
