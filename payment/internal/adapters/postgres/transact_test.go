package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"orders.internal/payment/internal/adapters/porttest"
	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// inOneTransaction does the operations together and returns their outcomes.
func (f fixture) inOneTransaction(t *testing.T, operations ...*operation) []error {
	t.Helper()
	return pgtest.InOneTransaction(t, f.pool, f.transact, operations)
}

func (f fixture) allSucceed(t *testing.T, operations ...*operation) {
	t.Helper()
	for i, err := range f.inOneTransaction(t, operations...) {
		if err != nil {
			t.Errorf("operation %d: %v", i, err)
		}
	}
}

func (f fixture) status(t *testing.T, id domain.OrderID) domain.Status {
	t.Helper()
	p, err := f.ByID(t.Context(), id)
	if errs.Is(err, errs.NotFound) {
		return domain.None
	}
	if err != nil {
		t.Fatal(err)
	}
	return p.Status()
}

// Calls that share a transaction see each other's payment as if they had come
// one after the other, and a failed one has no part in what is saved.
func TestOperationsOfOneTransaction(t *testing.T) {
	f := setup(t)
	f.store().Do(t, "old", porttest.Request)
	from := func(cause string) context.Context {
		return event.WithOrigin(t.Context(), event.Origin{CorrelationID: "c", CausationID: cause})
	}
	refused := errors.New("refused")
	var kept *domain.Payment
	operations := []*operation{
		{ctx: from("e-0"), id: "new", change: porttest.Request},
		{ctx: from("e-1"), id: "old", change: func(p *domain.Payment) error {
			kept = p
			return porttest.Charge(p)
		}},
		{ctx: from("e-2"), id: "old", change: func(p *domain.Payment) error {
			return errors.Join(porttest.Cancel(p), porttest.Refund(p), refused)
		}},
		{ctx: from("e-3"), id: "old", change: porttest.Cancel},
		{ctx: from("e-4"), id: "old", change: porttest.Cancel}, // a repetition
		{ctx: from("e-5"), id: "unknown", change: func(*domain.Payment) error { return nil }},
		{ctx: from("e-6"), id: "refused", change: func(p *domain.Payment) error {
			return errors.Join(porttest.Request(p), refused)
		}},
	}
	for i, err := range f.inOneTransaction(t, operations...) {
		if wanted := i == 2 || i == 6; errors.Is(err, refused) != wanted || !wanted && err != nil {
			t.Errorf("operation %d: %v", i, err)
		}
	}
	for id, want := range map[domain.OrderID]domain.Status{
		"new": domain.Pending, "old": domain.Refunding, "unknown": domain.None, "refused": domain.None,
	} {
		if got := f.status(t, id); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	if kept.Status() != domain.Processed {
		t.Errorf("the charge's caller was left with a payment that is %s", kept.Status())
	}
	if messages := f.store().Outbox(t); len(messages) != 1 || messages[0].Type != "PaymentProcessed" || messages[0].Origin.CausationID != "e-1" {
		t.Errorf("outbox = %+v", messages)
	}
	events := []int{0, 1, 0, 0, 0, 0, 0}
	for i, due := range []bool{true, false, false, true, false, false, false} {
		if got := operations[i].effect; got.due != due || len(got.messages) != events[i] {
			t.Errorf("operation %d has the effect %+v, want due %v and %d events", i, got, due, events[i])
		}
	}
	claimed, err := f.Claim(t.Context(), porttest.Now, porttest.Now, 9)
	if err != nil {
		t.Fatal(err)
	}
	causes := map[domain.OrderID]string{}
	for _, c := range claimed {
		causes[c.Payment.OrderID()] = c.Origin.CausationID
	}
	if len(causes) != 2 || causes["new"] != "e-0" || causes["old"] != "e-3" {
		t.Errorf("the next calls are due because of %v", causes)
	}
}

// The row is inserted with what all operations made of it.
func TestNewPaymentIsChangedInItsFirstTransaction(t *testing.T) {
	f := setup(t)
	f.allSucceed(t,
		&operation{ctx: t.Context(), id: "o-1", change: porttest.Request},
		&operation{ctx: t.Context(), id: "o-1", change: porttest.Charge},
		&operation{ctx: t.Context(), id: "o-1", change: porttest.Cancel},
	)
	if got := f.status(t, "o-1"); got != domain.Refunding {
		t.Errorf("payment is %q", got)
	}
}

// atOnce calls Update for each id while the first call keeps its transaction
// open, and returns the outcomes.
func (f fixture) atOnce(t *testing.T, ids []domain.OrderID, change func(*domain.Payment) error) []error {
	t.Helper()
	outcomes := make([]error, len(ids))
	var begun, all sync.WaitGroup
	begun.Add(len(ids))
	for i, id := range ids {
		all.Go(func() {
			begun.Done()
			outcomes[i] = f.Update(t.Context(), id, func(p *domain.Payment) error {
				begun.Wait()
				return change(p)
			})
		})
	}
	all.Wait()
	return outcomes
}

func ids(n int) []domain.OrderID {
	ids := make([]domain.OrderID, n)
	for i := range ids {
		ids[i] = domain.OrderID(fmt.Sprint("o-", i))
	}
	return ids
}

func TestConcurrentCallsShareTransactions(t *testing.T) {
	f := setup(t)
	if err := errors.Join(f.atOnce(t, ids(100), porttest.Request)...); err != nil {
		t.Fatal(err)
	}
	var payments, transactions int
	if err := f.pool.QueryRow(t.Context(), "SELECT count(*), count(DISTINCT xmin::text) FROM payments").Scan(&payments, &transactions); err != nil {
		t.Fatal(err)
	}
	if payments != 100 || transactions > 50 {
		t.Errorf("%d payments were inserted by %d transactions", payments, transactions)
	}
}

// What the database refuses of one call costs the others only time.
func TestPoisonIsIsolated(t *testing.T) {
	f := setup(t)
	poison := func(p *domain.Payment) error {
		customer := "c"
		if p.OrderID() == "o-7" {
			customer = "\x00" // which PostgreSQL has no text for
		}
		return p.Request(customer, 1, "", porttest.Now)
	}
	for i, err := range f.atOnce(t, ids(20), poison) {
		want := domain.Pending
		if i == 7 {
			want = domain.None
		}
		if got := f.status(t, ids(20)[i]); got != want || (err == nil) != (i != 7) || errs.Is(err, errs.Unavailable) {
			t.Errorf("payment %d is %q, %v", i, got, err)
		}
	}
}

// Between this replica's look and its insert another one inserts.
func TestLostInsertRaceIsDecidedAgain(t *testing.T) {
	f := setup(t)
	other := NewPayments(f.pool, f.encode, f.hand, func() {})
	runs := 0
	err := f.Update(t.Context(), "o-1", func(p *domain.Payment) error {
		if runs++; runs == 1 {
			if err := other.Update(t.Context(), "o-1", porttest.Request); err != nil {
				t.Error(err)
			}
		}
		return porttest.Cancel(p)
	})
	if got := f.status(t, "o-1"); err != nil || runs != 2 || got != domain.Voided {
		t.Errorf("after %d runs the payment is %q, %v", runs, got, err)
	}
}

// Reservation and cancellation of the same orders arrive at two replicas at the
// same time and in opposite order. Whichever comes first, each payment is voided
// without an event.
func TestReplicasInsertTheFirstRowOnce(t *testing.T) {
	f := setup(t)
	other := NewPayments(f.pool, f.encode, f.hand, func() {})
	forwards, backwards := ids(50), ids(50)
	slices.Reverse(backwards)
	var all sync.WaitGroup
	for _, replica := range []struct {
		application.Payments
		ids    []domain.OrderID
		change func(*domain.Payment) error
	}{
		{f, forwards, porttest.Request}, {other, backwards, porttest.Cancel},
		{other, forwards, porttest.Request}, {f, backwards, porttest.Cancel},
	} {
		for _, id := range replica.ids {
			all.Go(func() {
				if err := replica.Update(t.Context(), id, replica.change); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	for _, id := range forwards {
		if got := f.status(t, id); got != domain.Voided {
			t.Errorf("%s is %q", id, got)
		}
	}
	if got := f.store().Outbox(t); len(got) != 0 {
		t.Errorf("outbox has %v", got)
	}
}
