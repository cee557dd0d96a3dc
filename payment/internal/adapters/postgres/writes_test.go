package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/shared-kernel/pgkit"
)

// The server compares the number of columns and their types. That each is the one that it
// is taken for is seen here: no two values are the same.
func TestEachColumnOfARowIsTheOneItIsTakenFor(t *testing.T) {
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
	for _, tc := range []struct {
		sql  string
		rows any
		more map[string]any
	}{
		{"SELECT * FROM unnest($1::new_payment[])", pgkit.Rows([]stored{is}, stored.write), map[string]any{
			"customer_id": "customer", "amount_minor": 7, "method": "method", "claimed": false, "created_at": *at(2),
		}},
		{"SELECT * FROM unnest($1::payment_change[])", pgkit.Rows([]change{{is, was}}, change.write), map[string]any{
			"was_claimed": true, "was_status": "old status", "was_cancel_requested": false, "had_attempts": 3, "was_postponed": 4,
			"had_transaction_id": "old transaction", "had_refund_id": "old refund", "had_failure_reason": "old reason",
			"was_due_at": *at(4), "was_updated_at": *at(5),
		}},
	} {
		rows, err := f.pool.Query(t.Context(), tc.sql, tc.rows)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectExactlyOneRow(rows, pgx.RowToMap)
		if err != nil || len(got) != len(state)+len(tc.more) {
			t.Fatalf("%s: %v, %v", tc.sql, got, err)
		}
		for _, want := range []map[string]any{state, tc.more} {
			for column, value := range want {
				if fmt.Sprint(got[column]) != fmt.Sprint(value) {
					t.Errorf("%s: %s is %v, want %v", tc.sql, column, got[column], value)
				}
			}
		}
	}
}
