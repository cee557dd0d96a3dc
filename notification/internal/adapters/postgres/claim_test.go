package postgres

import (
	"strings"
	"testing"

	"orders.internal/shared-kernel/pgkit/pgtest"
)

// With any number of notifications delivered and any number waiting, a claim
// looks at those it takes.
func TestClaimLooksUpWhatIsDue(t *testing.T) {
	f := setup(t)
	f.wantClaimByIndexes(t)
	for _, statement := range []string{
		`INSERT INTO notifications (order_id, type, event_id, customer_id, channel, body, attempts, next_attempt_at, created_at,
			delivered_at, correlation_id, causation_id, traceparent, tracestate)
		 SELECT n::text, 'OrderConfirmed', n::text, 'c', 'email', '', 0, now(), now(),
			CASE WHEN n % 3 > 0 THEN now() END, '', '', '', '' FROM generate_series(1, 30000) n`,
		`INSERT INTO notifications_due SELECT next_attempt_at, order_id, type FROM notifications WHERE delivered_at IS NULL`,
		`ANALYZE notifications, notifications_due`,
	} {
		if _, err := f.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	f.wantClaimByIndexes(t)
}

func (f fixture) wantClaimByIndexes(t *testing.T) {
	t.Helper()
	plan := pgtest.PlanWithoutValues(t, f.pool, claimNotifications, "now()", "now()", "16")
	if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Sort") || strings.Count(plan, "Index Cond") != strings.Count(plan, "Scan using") {
		t.Errorf("plan:\n%s", plan)
	}
}
