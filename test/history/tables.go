package history

import (
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/shared-kernel/contracts"
)

var orders = table{
	name: pgx.Identifier{"orders"},
	columns: []string{"id", "customer_id", "items", "total_minor", "payment_method", "status", "cancellation_reason",
		"refunded_at", "created_at", "updated_at"},
	rows: func(o *order) [][]any {
		changed, refunded := o.over(), o.refunded()
		if refunded != nil {
			changed = *refunded
		}
		return [][]any{{o.id, o.customer, o.encoded, o.total, "", o.end.order, orNull(o.end.reason), refunded, o.placed, changed}}
	},
}

var timeline = table{
	name:    pgx.Identifier{"timeline"},
	columns: []string{"order_id", "event_id", "type", "source", "causation_id", "occurred_at", "status", "attempts"},
	rows: func(o *order) [][]any {
		var rows [][]any
		status, cause := "PENDING", ""
		for n, e := range o.end.events {
			if e == o.end.last {
				status = o.end.order
			}
			var attempts *int64
			if e == contracts.TypePaymentProcessed || e == contracts.TypePaymentFailed {
				attempts = new(int64)
				*attempts = 1
			}
			route, _ := contracts.RouteOf(e)
			id := newID(o.at(n), o.rand).String()
			rows = append(rows, []any{o.id, id, e, "/" + route.Publisher, cause, o.at(n), status, attempts})
			cause = id
		}
		return rows
	},
}

var reservations = table{
	name:    pgx.Identifier{"reservations"},
	columns: []string{"order_id", "status", "items", "created_at", "updated_at"},
	rows: func(o *order) [][]any {
		changed := o.over().Add(pause)
		if o.end.reservation == "REJECTED" { // at once
			changed = o.at(1)
		}
		return [][]any{{o.id.String(), o.end.reservation, o.encoded, o.at(1), changed}}
	},
}

var payments = table{
	name: pgx.Identifier{"payments"},
	columns: []string{"order_id", "customer_id", "amount_minor", "method", "status", "cancel_requested", "claimed", "attempts",
		"postponed", "transaction_id", "refund_id", "failure_reason", "next_attempt_at", "created_at", "updated_at",
		"correlation_id", "causation_id", "traceparent", "tracestate"},
	rows: func(o *order) [][]any {
		var transaction, refund *string
		customer, amount, attempts, changed := o.customer, &o.total, 1, o.at(2)
		switch {
		case o.end.voided():
			customer, amount, attempts = "", nil, 0
		case o.end.failure == "":
			transaction = orNull("tx_" + o.id.String())
		}
		if refunded := o.refunded(); refunded != nil {
			refund, changed = orNull("re_"+o.id.String()), *refunded
		}
		return [][]any{{o.id.String(), customer, amount, "", o.end.payment, refund != nil, attempts > 0, attempts,
			0, transaction, refund, orNull(o.end.failure), nil, o.at(1), changed,
			newID(o.placed, o.rand).String(), newID(o.at(1), o.rand).String(), "", ""}}
	},
}

var operations = table{
	name:    pgx.Identifier{"gateway", "operations"},
	columns: []string{"key", "order_id", "kind", "amount_minor", "reference", "created_at"},
	rows: func(o *order) [][]any {
		var rows [][]any
		for n, kind := range o.end.operations {
			key, reference := "charge:", "tx_"
			if kind == "refund" {
				key, reference = "refund:", "re_"
			}
			id := o.id.String()
			rows = append(rows, []any{key + id, id, kind, o.total, reference + id, o.at(2 + n)})
		}
		return rows
	},
}

var notifications = table{
	name: pgx.Identifier{"notifications"},
	columns: []string{"order_id", "type", "event_id", "customer_id", "channel", "body", "attempts", "next_attempt_at",
		"created_at", "delivered_at", "correlation_id", "causation_id", "traceparent", "tracestate"},
	rows: func(o *order) [][]any {
		var rows [][]any
		id, correlation := o.id.String(), newID(o.placed, o.rand).String()
		for _, e := range o.end.told {
			at := o.of(e)
			rows = append(rows, []any{id, e, newID(at, o.rand).String(), o.customer, "email",
				"An old order, " + id + ", and what its customer was told of it.", 0, at,
				at, at.Add(pause), correlation, newID(at, o.rand).String(), "", ""})
		}
		return rows
	},
}

// refunded is when the charge was given back, nil when it was not.
func (o *order) refunded() *time.Time {
	n := slices.Index(o.end.events, contracts.TypePaymentRefunded)
	if n < 0 {
		return nil
	}
	at := o.at(n)
	return &at
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
