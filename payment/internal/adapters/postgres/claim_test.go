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

// With ten million ended payments a claim must not look at them.
func TestClaimUsesTheIndexOfDuePayments(t *testing.T) {
	f := setup(t)
	for _, statement := range []string{
		`INSERT INTO payments (order_id, customer_id, amount_minor, method, status, cancel_requested, claimed, attempts,
			postponed, transaction_id, created_at, updated_at, correlation_id, causation_id, traceparent, tracestate)
		 SELECT n::text, 'c', 1, '', 'PROCESSED', false, true, 1, 0, 'tx', now(), now(), '', '', '', '' FROM generate_series(1, 5000) n`,
		`ANALYZE payments`,
	} {
		if _, err := f.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	f.store().Do(t, "o-1", porttest.Request)
	plan := pgtest.PlanWithoutValues(t, f.pool, claimPayments, "now()", "now()", "16")
	if !strings.Contains(plan, "payments_due") || !strings.Contains(plan, "Index Cond: (order_id = due.id)") || strings.Contains(plan, "Seq Scan on payments") {
		t.Errorf("plan:\n%s", plan)
	}
}
