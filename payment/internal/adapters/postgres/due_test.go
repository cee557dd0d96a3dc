package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/payment/internal/adapters/porttest"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// outOfStep are the payments and the rows of payments_due that have no counterpart.
const outOfStep = `
SELECT coalesce(d.order_id, p.order_id) || ': ' || coalesce(p.next_attempt_at::text, 'not due') || ', in payments_due ' || coalesce(d.next_attempt_at::text, 'not')
FROM payments_due AS d FULL JOIN (SELECT order_id, next_attempt_at FROM payments WHERE next_attempt_at IS NOT NULL) AS p
	ON p.order_id = d.order_id AND p.next_attempt_at = d.next_attempt_at
WHERE d.order_id IS NULL OR p.order_id IS NULL`

func (f fixture) wantInStep(t *testing.T) {
	t.Helper()
	rows, err := f.pool.Query(context.Background(), outOfStep) // the test may have ended
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(wrong) > 0 {
		t.Errorf("out of step: %v, %v", wrong, err)
	}
}

func TestDueIsWhatPaymentsSay(t *testing.T) {
	f := setup(t)
	hold := func(p *domain.Payment) error {
		p.Postpone(p.NextCall(), time.Hour+time.Nanosecond, porttest.Now)
		return nil
	}
	for _, step := range []struct {
		change func(*domain.Payment) error
		due    int
	}{
		{porttest.Request, 1}, {hold, 1}, {hold, 1}, {porttest.Charge, 0}, {porttest.Cancel, 1}, {hold, 1}, {porttest.Refund, 0},
	} {
		f.inOneTransaction(t, f.known(t, "known", step.change), f.known(t, "k-2", step.change))
		f.inOneTransaction(t, &operation{ctx: t.Context(), id: "read", change: step.change})
		f.wantInStep(t)
		var due int
		if err := f.pool.QueryRow(t.Context(), "SELECT count(*) FROM payments_due").Scan(&due); err != nil || due != 3*step.due {
			t.Errorf("%d are due, %v; want %d", due, err, 3*step.due)
		}
	}
}

// Two replicas do whatever is done to payments, to the same ones and at once. Leases
// are over as soon as they begin, so both claim the same ones all the time.
func TestDueStaysInStep(t *testing.T) {
	f := setup(t)
	other := f
	other.pool = pgtest.Open(t, f.pool.Config().ConnString())
	other.Payments = NewPayments(other.pool, f.encode, f.hand, f.raise)
	changes := []func(*domain.Payment) error{
		porttest.Request, porttest.Request, porttest.Charge, porttest.Cancel, porttest.Decline, porttest.Refund,
		func(p *domain.Payment) error {
			p.Postpone(p.NextCall(), 0, porttest.Now.Add(-time.Second))
			return nil
		},
		func(p *domain.Payment) error {
			p.RecordFailedAttempt(porttest.Now)
			return nil
		},
	}
	must := func(err error) {
		if err != nil && !errs.Is(err, errs.Contradiction) {
			t.Error(err)
		}
	}
	const callers, rounds, payments = 8, 150, 40
	var all sync.WaitGroup
	for n := range callers {
		replica := []fixture{f, other}[n%2]
		all.Go(func() {
			for range rounds {
				now := porttest.Now.Add(time.Duration(rand.N(2000)) * time.Microsecond)
				claimed, err := replica.Claim(t.Context(), now, now.Add(-time.Duration(rand.N(2000))*time.Microsecond), 5)
				if err != nil {
					t.Error(err)
				}
				for _, c := range claimed {
					must(replica.UpdateKnown(t.Context(), c.Payment, changes[rand.N(len(changes))]))
				}
				id := domain.OrderID(fmt.Sprint("o-", rand.N(payments)))
				must(replica.UpdateKnown(t.Context(), domain.New(id), changes[rand.N(len(changes))]))
				must(replica.Update(t.Context(), id, changes[rand.N(len(changes))]))
			}
		})
	}
	all.Wait()
	f.store().Do(t, "last", porttest.Request)
	if n := pgtest.Deadlocks(t, f.pool, other.pool); n > 0 {
		t.Errorf("%d deadlocks", n)
	}
	var due int
	if err := f.pool.QueryRow(t.Context(), "SELECT count(*) FROM payments_due").Scan(&due); err != nil {
		t.Fatal(err)
	}
	if left, err := f.Claim(t.Context(), porttest.Now.Add(time.Hour), porttest.Now, payments+1); err != nil || len(left) != due || due == 0 {
		t.Errorf("claimed %d payments, %v; want the %d that are due", len(left), err, due)
	}
}

// Nothing that is rewritten on a payment's way is in an index, and its page has room.
func TestUpdatesOfPaymentsAreHOT(t *testing.T) {
	f := setup(t)
	pool := pgtest.Like(t, f.pool, func(c *pgxpool.Config) { c.MaxConns = 1 }) // it alone knows what it has counted
	f.pool, f.Payments = pool, NewPayments(pool, f.encode, f.hand, f.raise)
	const payments = 1000
	came := event.WithOrigin(t.Context(), event.Origin{
		CorrelationID: "01890a5d-ac96-774b-bcce-b302099a8057", CausationID: "01890a5d-ac96-774b-bcce-b302099a8057",
		Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	})
	var requests, charges []*operation
	for i := range payments {
		id := domain.OrderID(fmt.Sprintf("01890a5d-ac96-774b-bcce-%012d", i))
		requests = append(requests, &operation{ctx: came, id: id, change: porttest.Request})
	}
	f.inOneTransaction(t, requests...)
	claimed, err := f.Claim(t.Context(), porttest.Now, porttest.Now.Add(time.Minute), payments)
	if err != nil || len(claimed) != payments {
		t.Fatalf("claimed %d, %v", len(claimed), err)
	}
	for _, c := range claimed {
		known := c.Payment.Snapshot()
		charges = append(charges, &operation{ctx: came, id: known.OrderID, known: &known, change: func(p *domain.Payment) error {
			return p.RecordCharge("tx_"+string(known.OrderID), porttest.Now)
		}})
	}
	f.inOneTransaction(t, charges...)
	updated, hot := f.countUpdates(t)
	// There is room for most claims. It is made anew for charges, while no transaction of
	// the server is older than the claims.
	if updated != 2*payments || hot < payments/2 {
		t.Errorf("of %d updates %d were HOT", updated, hot)
	}
}

func (f fixture) countUpdates(t *testing.T) (updated, hot int) {
	t.Helper()
	ctx := t.Context()
	if _, err := f.pool.Exec(ctx, "SELECT pg_stat_force_next_flush()"); err != nil {
		t.Fatal(err)
	}
	err := f.pool.QueryRow(ctx, "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'payments'").Scan(&updated, &hot)
	if err != nil {
		t.Fatal(err)
	}
	return updated, hot
}
