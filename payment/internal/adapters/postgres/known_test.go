package postgres

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/payment/internal/adapters/porttest"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// traced returns the repository over connections whose batches are noted.
func (f fixture) traced(t *testing.T) (fixture, *pgtest.Batches) {
	t.Helper()
	pool, batches := pgtest.Traced(t, f.pool)
	f.pool, f.Payments = pool, NewPayments(pool, f.encode, f.hand, f.raise)
	return f, batches
}

// known returns an operation on what is stored of a payment now.
func (f fixture) known(t *testing.T, id domain.OrderID, change func(*domain.Payment) error) *operation {
	t.Helper()
	before := domain.New(id).Snapshot()
	if f.status(t, id) != domain.None {
		p, err := f.ByID(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		before = p.Snapshot()
	}
	return &operation{ctx: t.Context(), id: id, known: &before, change: change}
}

func TestWhatIsKnownIsNotRead(t *testing.T) {
	f, batches := setup(t).traced(t)
	f.store().Do(t, "o-1", porttest.Request)
	f.store().Do(t, "o-2", porttest.Request, porttest.Charge)
	operations := []*operation{
		f.known(t, "o-3", porttest.Request), f.known(t, "o-2", porttest.Cancel),
		f.known(t, "o-1", porttest.Charge), f.known(t, "o-0", porttest.Cancel),
	}
	sent := batches.During(func() { f.inOneTransaction(t, operations...) })
	if len(sent) != 1 || slices.Contains(sent[0], lockPayments) {
		t.Errorf("sent %d times:\n%s", len(sent), strings.Join(slices.Concat(sent...), "\n"))
	}
	for id, want := range map[domain.OrderID]domain.Status{
		"o-0": domain.Voided, "o-1": domain.Processed, "o-2": domain.Refunding, "o-3": domain.Pending,
	} {
		if got := f.status(t, id); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	if got := operations[2].effect.messages; len(got) != 1 || got[0].Type != "PaymentProcessed" {
		t.Errorf("the charge's events are %v", got)
	}
	if got := []bool{operations[0].effect.due, operations[1].effect.due, operations[2].effect.due, operations[3].effect.due}; !slices.Equal(got, []bool{true, true, false, false}) {
		t.Errorf("due are %v", got)
	}
}

func TestWhatIsKnownIsFoundByItsKey(t *testing.T) {
	f := setup(t)
	f.fill(t, "SELECT")
	if plan := pgtest.PlanWithoutValues(t, f.pool, updatePayments, "NULL"); !strings.Contains(plan, "Index Cond: (order_id = (new.order_id)::text)") {
		t.Errorf("plan:\n%s", plan)
	}
}

// What brought the change is what its next call is due to, read or not.
func TestOriginOfWhatIsKnown(t *testing.T) {
	f := setup(t)
	f.store().Do(t, "o-1", porttest.Request)
	op := f.known(t, "o-1", porttest.Cancel)
	f.store().Do(t, "o-2", porttest.Request, porttest.Charge)
	refund := f.known(t, "o-2", porttest.Cancel)
	refund.ctx = event.WithOrigin(t.Context(), event.Origin{CausationID: "the cancellation"})
	f.inOneTransaction(t, op, refund)
	claimed, err := f.Claim(t.Context(), porttest.Now, porttest.Now, 9)
	if err != nil || len(claimed) != 1 || claimed[0].Origin.CausationID != "the cancellation" {
		t.Errorf("claimed %v, %v", claimed, err)
	}
}

// Where one of a transaction has to be read, all are locked first.
func TestAllAreReadOrNone(t *testing.T) {
	for name, other := range map[string]func(fixture) []*operation{
		"one that doesn't know": func(fixture) []*operation {
			return []*operation{{ctx: t.Context(), id: "o-3", change: porttest.Charge}}
		},
		"two on one payment": func(f fixture) []*operation {
			return []*operation{f.known(t, "o-3", porttest.Charge), f.known(t, "o-3", porttest.Charge)}
		},
		"a repetition": func(f fixture) []*operation {
			f.store().Do(t, "o-3", porttest.Charge)
			return []*operation{f.known(t, "o-3", porttest.Charge)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, batches := setup(t).traced(t)
			for _, id := range []domain.OrderID{"o-1", "o-3", "o-5"} {
				f.store().Do(t, id, porttest.Request)
			}
			operations := []*operation{f.known(t, "o-5", porttest.Charge)}
			operations = append(operations, other(f)...)
			operations = append(operations, f.known(t, "o-1", porttest.Charge))
			sent := batches.During(func() { f.allSucceed(t, operations...) })
			if len(sent) != 2 || !slices.Contains(sent[0], lockPayments) {
				t.Errorf("sent %q", sent)
			}
			for _, id := range []domain.OrderID{"o-1", "o-3", "o-5"} {
				if got := f.status(t, id); got != domain.Processed {
					t.Errorf("%s is %q", id, got)
				}
			}
			if got := f.store().Outbox(t); len(got) != 3 {
				t.Errorf("outbox has %d events, want one for each payment", len(got))
			}
		})
	}
}

// What one caller gets wrong costs the others only time: their changes run again.
func TestOldKnowledgeIsOneCallersAlone(t *testing.T) {
	f, batches := setup(t).traced(t)
	var operations []*operation
	runs := make([]int, 20)
	for i := range runs {
		id := domain.OrderID(fmt.Sprint("o-", i))
		if i%2 == 0 {
			f.store().Do(t, id, porttest.Request)
		}
		operations = append(operations, f.known(t, id, func(p *domain.Payment) error {
			runs[i]++
			return porttest.Cancel(p)
		}))
	}
	f.store().Do(t, "o-8", porttest.Charge)  // since somebody looked
	f.store().Do(t, "o-9", porttest.Request) // likewise
	sent := batches.During(func() { f.allSucceed(t, operations...) })
	for i := range runs {
		want := domain.Voided
		if i == 8 {
			want = domain.Refunding
		}
		if got := f.status(t, domain.OrderID(fmt.Sprint("o-", i))); got != want || runs[i] != 2 {
			t.Errorf("payment %d is %s after %d runs, want %s after 2", i, got, runs[i], want)
		}
	}
	if len(sent) != 3 { // in vain; to read; to write
		t.Errorf("sent %d times", len(sent))
	}
}

func TestRetriesForALockedPaymentYield(t *testing.T) {
	f := setup(t)
	f.store().Do(t, "o-1", porttest.Request)
	pgtest.ExpectRetriesToYield(t, f.pool, "SELECT FROM payments FOR UPDATE", func(pool *pgxpool.Pool) func() error {
		payments := NewPayments(pool, f.encode, f.hand, f.raise)
		return func() error { return payments.Update(t.Context(), "o-1", porttest.Charge) }
	})
}
