package postgres

import (
	"strings"
	"testing"
	"time"

	"orders.internal/notification/internal/adapters/porttest"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// claimed returns the orders of what a claim takes.
func (f fixture) claimed(t *testing.T, limit int) string {
	t.Helper()
	taken, err := f.Claim(t.Context(), porttest.Now, porttest.Now.Add(time.Minute), limit)
	if err != nil {
		t.Fatal(err)
	}
	var orders []string
	for _, c := range taken {
		orders = append(orders, string(c.Notification.Key().OrderID))
	}
	return strings.Join(orders, " ")
}

// What somebody wrote into one of the tables alone doesn't keep claims from the rest.
func TestClaimRemovesWhatNotificationsDisagreeWith(t *testing.T) {
	f := setup(t)
	for order, at := range map[string]time.Time{"delivered": porttest.Now.Add(-time.Second), "due": porttest.Now} {
		n := porttest.New(t, "e of "+order, order, domain.OrderConfirmed, at)
		if _, err := f.Add(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if order == "delivered" {
			if err := f.Update(t.Context(), n, delivered); err != nil {
				t.Fatal(err)
			}
		}
	}
	const stray = "INSERT INTO notifications_due VALUES ($1, $2, 'OrderConfirmed')"
	for i, order := range []string{"none", "due", "delivered"} {
		pgtest.Execute(t, f.pool, stray, porttest.Now.Add(time.Duration(i-3)*time.Second), order)
	}
	if first := f.claimed(t, 2); first != "" {
		t.Errorf("claimed %s", first)
	}
	if second := f.claimed(t, 2); second != "due" {
		t.Errorf("claimed %q, want what is due", second)
	}
}

// A notification that somebody holds is passed over, and stays due.
func TestClaimLeavesWhatIsLocked(t *testing.T) {
	f := setup(t)
	if _, err := f.Add(t.Context(), porttest.New(t, "e", "held", domain.OrderConfirmed, porttest.Now)); err != nil {
		t.Fatal(err)
	}
	holder, err := f.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(t.Context(), "SELECT FROM notifications FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	if got := f.claimed(t, 9); got != "" {
		t.Errorf("claimed %s", got)
	}
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.claimed(t, 9); got != "held" {
		t.Errorf("claimed %q, want what was held", got)
	}
}

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
				pgtest.Execute(t, f.pool, statement)
			}
			f.claimsInOrder(t)
			f.deletesByKey(t)
			pgtest.Execute(t, f.pool, "TRUNCATE notifications, notifications_due")
		})
	}
}

func (f fixture) claimsInOrder(t *testing.T) {
	t.Helper()
	plan := pgtest.PlanWithoutValues(t, f.pool, claimNotifications, "now()", "now()", "16")
	pgtest.WantPlan(t, plan, map[string]int{
		"Index Scan using notifications_due_pkey on notifications_due ": 1, "Index Cond: (next_attempt_at <=": 1,
		"Index Cond: ((order_id = due.due_order) AND (type = due.due_type))":         1, // to lock it
		"Index Cond: ((order_id = due_1.due_order) AND (type = due_1.due_type))":     1, // to compare it
		"Index Cond: ((order_id = moved.moved_order) AND (type = moved.moved_type))": 1,
		"Index Scan using notifications_pkey on notifications":                       3,
		"Tid Scan on notifications_due":                                              2,
	})
}

func (f fixture) deletesByKey(t *testing.T) {
	t.Helper()
	plan := pgtest.PlanWithoutValues(t, f.pool, deleteDue, "NULL")
	if !strings.Contains(plan, "Tid Scan on notifications_due") ||
		!strings.Contains(plan, "Index Cond: ((next_attempt_at = ended.next_attempt_at) AND (order_id = ended.order_id) AND (type = ended.type))") {
		t.Errorf("plan:\n%s", plan)
	}
}
