package postgres

import (
	"maps"
	"testing"
	"time"

	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func TestColumnsOfRows(t *testing.T) {
	f := setup(t)
	text := func(s string) *string { return &s }
	at := func(minute int) *time.Time {
		at := time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC)
		return &at
	}
	amount := int64(7)
	is := stored{row{
		OrderID: "order", CustomerID: "customer", Amount: &amount, Method: "method", Status: "status", CancelRequested: true,
		Attempts: 1, Postponed: 2, TransactionID: text("transaction"), RefundID: text("refund"), FailureReason: text("reason"),
		NextAttemptAt: at(1), CreatedAt: *at(2), UpdatedAt: *at(3),
	}, origin{"correlation", "causation", "parent", "state"}}
	was := &row{
		Status: "old status", Claimed: true, Attempts: 3, Postponed: 4, TransactionID: text("old transaction"),
		RefundID: text("old refund"), FailureReason: text("old reason"), NextAttemptAt: at(4), UpdatedAt: *at(5),
	}
	state := map[string]any{
		"order_id": "order", "status": "status", "cancel_requested": true, "attempts": 1, "postponed": 2,
		"transaction_id": "transaction", "refund_id": "refund", "failure_reason": "reason", "next_attempt_at": *at(1), "updated_at": *at(3),
		"correlation_id": "correlation", "causation_id": "causation", "traceparent": "parent", "tracestate": "state",
	}
	with := func(more map[string]any) map[string]any {
		maps.Copy(more, state)
		return more
	}
	pgtest.WantRow(t, f.pool, "new_payment", pgkit.Rows([]stored{is}, stored.write), with(map[string]any{
		"customer_id": "customer", "amount_minor": 7, "method": "method", "claimed": false, "created_at": *at(2),
	}))
	pgtest.WantRow(t, f.pool, "payment_change", pgkit.Rows([]change{{is, was}}, change.write), with(map[string]any{
		"was_claimed": true, "was_status": "old status", "was_cancel_requested": false, "had_attempts": 3, "was_postponed": 4,
		"had_transaction_id": "old transaction", "had_refund_id": "old refund", "had_failure_reason": "old reason",
		"was_due_at": *at(4), "was_updated_at": *at(5),
	}))
}
