package postgres

import (
	"strings"
	"testing"

	"orders.internal/shared-kernel/pgkit/pgtest"
)

// With any number of notifications delivered a claim must not look at them, and of those
// that are due only at the first. A connection keeps its plan, whatever the tables were
// like when it was made.
func TestClaimLooksUpWhatIsDueInOrder(t *testing.T) {
	const old = `INSERT INTO notifications (order_id, type, event_id, customer_id, channel, body, attempts, next_attempt_at,
			created_at, delivered_at, correlation_id, causation_id, traceparent, tracestate)
		SELECT n::text, 'OrderConfirmed', n::text, 'c', 'email', '', 0, now(), now(), now(), '', '', '', '' FROM generate_series(1, 5000) n; `
	const due = `UPDATE notifications SET next_attempt_at = now() + order_id::int * interval '1 ms', delivered_at = NULL;
		INSERT INTO notifications_due SELECT next_attempt_at, order_id, type FROM notifications; `
	const counted = `ANALYZE notifications, notifications_due`
	for name, tables := range map[string]string{
		"there is nothing, nor was it counted":     "SELECT",
		"nothing is due, nor was anything counted": old,
		"nothing is due":                           old + counted,
		"little is due":                            old + due + `DELETE FROM notifications_due WHERE order_id > '1005'; VACUUM notifications_due; ` + counted,
		"all is due":                               old + due + counted,
		"all was due":                              old + due + `DELETE FROM notifications_due WHERE order_id > '1'; ` + counted,
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			for _, statement := range strings.Split(tables, "; ") {
				execute(t, f.pool, statement)
			}
			f.claimsInOrder(t)
			f.deletesByKey(t)
			execute(t, f.pool, "TRUNCATE notifications, notifications_due")
		})
	}
}

func (f fixture) claimsInOrder(t *testing.T) {
	t.Helper()
	plan := pgtest.PlanWithoutValues(t, f.pool, claimNotifications, "now()", "now()", "16")
	for _, part := range []string{
		"Index Scan using notifications_due_pkey on notifications_due ", "Index Cond: (next_attempt_at <=",
		"Index Scan using notifications_pkey on notifications ", "Index Cond: ((order_id = due.due_order) AND (type = due.due_type))", // to lock it
		"Index Cond: ((order_id = moved.moved_order) AND (type = moved.moved_type))",
		"Tid Scan on notifications_due",
	} {
		if !strings.Contains(plan, part) {
			t.Errorf("the plan has no %q", part)
		}
	}
	if strings.Contains(plan, "Sort") || strings.Contains(plan, "Seq Scan") || t.Failed() {
		t.Errorf("plan:\n%s", plan)
	}
}

func (f fixture) deletesByKey(t *testing.T) {
	t.Helper()
	plan := pgtest.PlanWithoutValues(t, f.pool, deleteDue, "ARRAY[now()]", "ARRAY['1']", "ARRAY['OrderConfirmed']")
	if !strings.Contains(plan, "Tid Scan on notifications_due") ||
		!strings.Contains(plan, "Index Cond: ((next_attempt_at = old.at) AND (order_id = old.id) AND (type = old.kind))") {
		t.Errorf("plan:\n%s", plan)
	}
}
