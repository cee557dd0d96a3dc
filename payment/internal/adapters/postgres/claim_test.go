package postgres

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"orders.internal/payment/internal/adapters/porttest"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func TestWorkersNeverClaimTheSame(t *testing.T) {
	f := setup(t)
	const orders, workers = 60, 6
	for i := range orders {
		f.store().Do(t, domain.OrderID(fmt.Sprint("o-", i)), porttest.Request)
	}
	var mu sync.Mutex
	claims := map[domain.OrderID]int{}
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for {
				due, err := f.Claim(t.Context(), porttest.Now, porttest.Now.Add(time.Minute), 7)
				if err != nil {
					t.Error(err)
				}
				if len(due) == 0 {
					return
				}
				mu.Lock()
				for _, d := range due {
					claims[d.Payment.OrderID()]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	// A worker that finds the rest locked by others leaves it to them.
	if len(claims) != orders {
		t.Errorf("%d payments were claimed, want %d", len(claims), orders)
	}
	for id, times := range claims {
		if times != 1 {
			t.Errorf("%s was claimed %d times", id, times)
		}
	}
}

// What somebody wrote into one of the tables alone doesn't keep claims from the rest.
func TestClaimRemovesWhatPaymentsDisagreeWith(t *testing.T) {
	f := setup(t)
	f.store().Do(t, "ended", porttest.Request, porttest.Charge)
	f.store().Do(t, "due", porttest.Request)
	const stray = "INSERT INTO payments_due VALUES ($1, $2)"
	for i, id := range []string{"none", "ended", "due"} {
		pgtest.Execute(t, f.pool, stray, porttest.Now.Add(time.Duration(i-3)*time.Second), id)
	}
	if first := f.store().ClaimAt(t, porttest.Now, 2); len(first) != 0 {
		t.Errorf("claimed %v", first)
	}
	if second := f.store().ClaimAt(t, porttest.Now, 2); len(second) != 1 || second[0] != "due" {
		t.Errorf("claimed %v, want what is due", second)
	}
}

// A payment that somebody holds is passed over, and stays due.
func TestClaimLeavesWhatIsLocked(t *testing.T) {
	f := setup(t)
	f.store().Do(t, "held", porttest.Request)
	holder, err := f.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(t.Context(), "SELECT FROM payments FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	f.wantClaimed(t, "[]")
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.wantClaimed(t, "[held]")
}

// With ten million ended payments a claim must not look at them, and of those that are
// due only at the first. A connection keeps its plan, whatever the tables were like when
// it was made.
func TestClaimLooksUpWhatIsDueInOrder(t *testing.T) {
	t.Run("there is nothing, nor was it counted", func(t *testing.T) {
		f := setup(t)
		f.claimsInOrder(t)
		f.deletesByKey(t)
	})
	for name, now := range map[string]string{
		"nothing is due, nor was anything counted": "SELECT",
		"nothing is due": "ANALYZE payments_due",
		"little is due": `INSERT INTO payments_due SELECT now(), n::text FROM generate_series(1, 7) n;
			ANALYZE payments_due`,
		"all is due": `INSERT INTO payments_due SELECT now() + n * interval '1 ms', n::text FROM generate_series(1, 5000) n;
			ANALYZE payments_due`,
		"all was due": `INSERT INTO payments_due SELECT now() + n * interval '1 ms', n::text FROM generate_series(1, 5000) n;
			DELETE FROM payments_due WHERE order_id > '1'; ANALYZE payments_due`,
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			f.fill(t, now)
			f.claimsInOrder(t)
			f.deletesByKey(t)
			pgtest.Execute(t, f.pool, "TRUNCATE payments_due")
		})
	}
}

// fill adds payments that have ended, and does what makes those that are due.
func (f fixture) fill(t *testing.T, now string) {
	t.Helper()
	for _, statement := range []string{
		`INSERT INTO payments (order_id, customer_id, amount_minor, method, status, cancel_requested, claimed, attempts,
			postponed, transaction_id, created_at, updated_at, correlation_id, causation_id, traceparent, tracestate)
		 SELECT n::text, 'c', 1, '', 'PROCESSED', false, true, 1, 0, 'tx', now(), now(), '', '', '', '' FROM generate_series(1, 5000) n`,
		`ANALYZE payments`,
		now,
	} {
		pgtest.Execute(t, f.pool, statement)
	}
}

func (f fixture) claimsInOrder(t *testing.T) {
	t.Helper()
	plan := pgtest.PlanWithoutValues(t, f.pool, claimPayments, "now()", "now()", "16")
	pgtest.WantPlan(t, plan, map[string]int{
		"Index Scan using payments_due_pkey on payments_due ": 1, "Index Cond: (next_attempt_at <=": 1,
		"Index Cond: (order_id = due.due_order)":     1, // to lock it
		"Index Cond: (order_id = due_1.due_order)":   1, // to compare it
		"Index Cond: (order_id = moved.moved_order)": 1,
		"Index Scan using payments_pkey on payments": 3,
		"Tid Scan on payments_due":                   2,
	})
}

func (f fixture) deletesByKey(t *testing.T) {
	t.Helper()
	plan := pgtest.PlanWithoutValues(t, f.pool, deleteDue, "NULL")
	if !strings.Contains(plan, "Tid Scan on payments_due") || !strings.Contains(plan, "Index Cond: ((next_attempt_at = ended.next_attempt_at) AND (order_id = ended.order_id))") {
		t.Errorf("plan:\n%s", plan)
	}
}
