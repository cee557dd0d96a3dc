package postgres

import (
	"maps"
	"slices"
	"time"

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
	var added, changed []*stored
	var were []*row // what changed was
	var due dues
	// Sorted, because two transactions that insert the same payments wait for
	// each other, too.
	for _, id := range slices.Sorted(maps.Keys(w.changed)) {
		s := w.changed[id]
		payment := &stored{*toRow(s.Snapshot), origin(s.Origin)}
		before, exists := w.found[id]
		due.change(before, s.Snapshot)
		if exists {
			changed, were = append(changed, payment), append(were, toRow(before))
		} else {
			added = append(added, payment)
		}
	}
	// Rows that others may hold come before those that they may insert: whoever
	// inserts waits for nobody who still has to come by a row.
	if len(changed) > 0 {
		tx.ExpectRows(updatePayments, slices.Concat(byColumn(changed), stateByColumn(were))...)
	}
	if len(added) > 0 {
		tx.InsertNew(insertPayments, byColumn(added)...)
	}
	due.queue(tx)
	outbox.Queue(tx, w.messages)
}

// newColumns are byColumn's arguments.
const newColumns = `$1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::boolean[], $7::boolean[],
	$8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
	$16::text[], $17::text[], $18::text[], $19::text[]`

const insertPayments = `
INSERT INTO payments (` + columns + `, ` + originColumns + `)
SELECT * FROM unnest(` + newColumns + `)`

// Compared is all that a change may depend on and that may have changed. Times that are
// compared were rounded alike, by the driver if not before.
const updatePayments = `
UPDATE payments
SET status = new.status, cancel_requested = new.cancel_requested, attempts = new.attempts, postponed = new.postponed,
	transaction_id = new.transaction_id, refund_id = new.refund_id, failure_reason = new.failure_reason,
	next_attempt_at = new.next_attempt_at, updated_at = new.updated_at, correlation_id = new.correlation_id,
	causation_id = new.causation_id, traceparent = new.traceparent, tracestate = new.tracestate
FROM unnest(` + newColumns + `,
	$20::text[], $21::boolean[], $22::boolean[], $23::bigint[], $24::bigint[], $25::text[], $26::text[], $27::text[],
	$28::timestamptz[], $29::timestamptz[]) AS new (` + columns + `, ` + originColumns + `,
	was_status, was_cancel_requested, was_claimed, had_attempts, was_postponed, had_transaction_id, had_refund_id, had_failure_reason,
	was_due_at, was_updated_at)
WHERE payments.order_id = new.order_id
	AND (payments.status, payments.cancel_requested, payments.claimed, payments.attempts, payments.postponed,
		payments.transaction_id, payments.refund_id, payments.failure_reason, payments.next_attempt_at, payments.updated_at)
	IS NOT DISTINCT FROM (was_status, was_cancel_requested, was_claimed, had_attempts, was_postponed,
		had_transaction_id, had_refund_id, had_failure_reason, was_due_at, was_updated_at)
RETURNING payments.order_id`

// byColumn returns an array for each of columns and originColumns.
func byColumn(payments []*stored) []any {
	return []any{
		pgkit.Column(payments, func(p *stored) string { return p.OrderID }),
		pgkit.Column(payments, func(p *stored) string { return p.CustomerID }),
		pgkit.Column(payments, func(p *stored) *int64 { return p.Amount }),
		pgkit.Column(payments, func(p *stored) string { return p.Method }),
		pgkit.Column(payments, func(p *stored) string { return p.Status }),
		pgkit.Column(payments, func(p *stored) bool { return p.CancelRequested }),
		pgkit.Column(payments, func(p *stored) bool { return p.Claimed }),
		pgkit.Column(payments, func(p *stored) int { return p.Attempts }),
		pgkit.Column(payments, func(p *stored) int { return p.Postponed }),
		pgkit.Column(payments, func(p *stored) *string { return p.TransactionID }),
		pgkit.Column(payments, func(p *stored) *string { return p.RefundID }),
		pgkit.Column(payments, func(p *stored) *string { return p.FailureReason }),
		pgkit.Column(payments, func(p *stored) *time.Time { return p.NextAttemptAt }),
		pgkit.Column(payments, func(p *stored) time.Time { return p.CreatedAt }),
		pgkit.Column(payments, func(p *stored) time.Time { return p.UpdatedAt }),
		pgkit.Column(payments, func(p *stored) string { return p.CorrelationID }),
		pgkit.Column(payments, func(p *stored) string { return p.CausationID }),
		pgkit.Column(payments, func(p *stored) string { return p.Traceparent }),
		pgkit.Column(payments, func(p *stored) string { return p.Tracestate }),
	}
}

// stateByColumn returns an array for each of the columns that change.
func stateByColumn(payments []*row) []any {
	return []any{
		pgkit.Column(payments, func(p *row) string { return p.Status }),
		pgkit.Column(payments, func(p *row) bool { return p.CancelRequested }),
		pgkit.Column(payments, func(p *row) bool { return p.Claimed }),
		pgkit.Column(payments, func(p *row) int { return p.Attempts }),
		pgkit.Column(payments, func(p *row) int { return p.Postponed }),
		pgkit.Column(payments, func(p *row) *string { return p.TransactionID }),
		pgkit.Column(payments, func(p *row) *string { return p.RefundID }),
		pgkit.Column(payments, func(p *row) *string { return p.FailureReason }),
		pgkit.Column(payments, func(p *row) *time.Time { return p.NextAttemptAt }),
		pgkit.Column(payments, func(p *row) time.Time { return p.UpdatedAt }),
	}
}
