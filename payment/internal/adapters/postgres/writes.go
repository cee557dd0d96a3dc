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
	found    map[domain.OrderID]domain.Snapshot // as they were locked
	changed  map[domain.OrderID]saved           // the last of each
	messages []outbox.Message
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
	var added, changed []stored
	// Sorted, because two transactions that insert the same payments wait for
	// each other, too.
	for _, id := range slices.Sorted(maps.Keys(w.changed)) {
		s := w.changed[id]
		payment := stored{toRow(s.Snapshot), origin(s.Origin)}
		if _, exists := w.found[id]; exists {
			changed = append(changed, payment)
		} else {
			added = append(added, payment)
		}
	}
	if len(added) > 0 {
		tx.InsertNew(insertPayments, byColumn(added)...)
	}
	if len(changed) > 0 {
		tx.Queue(updatePayments, byColumn(changed)...)
	}
	outbox.Queue(tx, w.messages)
}

// fromColumns is the source of statements whose arguments are byColumn's.
const fromColumns = `FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::boolean[], $7::boolean[],
	$8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
	$16::text[], $17::text[], $18::text[], $19::text[])`

const insertPayments = `
INSERT INTO payments (` + columns + `, ` + originColumns + `)
SELECT * ` + fromColumns

const updatePayments = `
UPDATE payments
SET status = new.status, cancel_requested = new.cancel_requested, attempts = new.attempts, postponed = new.postponed,
	transaction_id = new.transaction_id, refund_id = new.refund_id, failure_reason = new.failure_reason,
	next_attempt_at = new.next_attempt_at, updated_at = new.updated_at, correlation_id = new.correlation_id,
	causation_id = new.causation_id, traceparent = new.traceparent, tracestate = new.tracestate
` + fromColumns + ` AS new (` + columns + `, ` + originColumns + `)
WHERE payments.order_id = new.order_id`

// byColumn returns an array for each of columns and originColumns.
func byColumn(payments []stored) []any {
	return []any{
		column(payments, func(p *stored) string { return p.OrderID }),
		column(payments, func(p *stored) string { return p.CustomerID }),
		column(payments, func(p *stored) *int64 { return p.Amount }),
		column(payments, func(p *stored) string { return p.Method }),
		column(payments, func(p *stored) string { return p.Status }),
		column(payments, func(p *stored) bool { return p.CancelRequested }),
		column(payments, func(p *stored) bool { return p.Claimed }),
		column(payments, func(p *stored) int { return p.Attempts }),
		column(payments, func(p *stored) int { return p.Postponed }),
		column(payments, func(p *stored) *string { return p.TransactionID }),
		column(payments, func(p *stored) *string { return p.RefundID }),
		column(payments, func(p *stored) *string { return p.FailureReason }),
		column(payments, func(p *stored) *time.Time { return p.NextAttemptAt }),
		column(payments, func(p *stored) time.Time { return p.CreatedAt }),
		column(payments, func(p *stored) time.Time { return p.UpdatedAt }),
		column(payments, func(p *stored) string { return p.CorrelationID }),
		column(payments, func(p *stored) string { return p.CausationID }),
		column(payments, func(p *stored) string { return p.Traceparent }),
		column(payments, func(p *stored) string { return p.Tracestate }),
	}
}

func column[T any](payments []stored, of func(*stored) T) []T {
	values := make([]T, len(payments))
	for i := range payments {
		values[i] = of(&payments[i])
	}
	return values
}
