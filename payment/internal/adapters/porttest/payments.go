// Package porttest is what every adapter of application.Payments has to pass,
// and every one of application.Gateway.
package porttest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/outbox"
)

// Now is the time at which the tests happen.
var Now = time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)

// Store is an adapter with a look at its outbox.
type Store struct {
	application.Payments
	// Outbox returns what waits to be published, oldest first; the bodies may be absent.
	Outbox func(t *testing.T) []outbox.Message
}

// Run tests the stores that newStore returns, each of which is empty.
func Run(t *testing.T, newStore func(t *testing.T) Store) {
	tests := maps.Clone(paymentTests)
	maps.Copy(tests, claimTests)
	maps.Copy(tests, knownTests)
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) { tests[name](t, newStore(t)) })
	}
}

var paymentTests = map[string]func(*testing.T, Store){
	"a requested payment reads back the same":          requestReadsBack,
	"a repetition changes nothing":                     repetitionChangesNothing,
	"nothing is saved of a payment that stays unknown": unknownIsNotSaved,
	"a failed change leaves nothing behind":            failedChangeLeavesNothing,
	"payments page newest first":                       paymentsPage,
	"payments of one customer":                         paymentsOfCustomer,
	"tombstone reads back the same":                    endReadsBack(Cancel),
	"voided reads back the same":                       endReadsBack(Request, Cancel),
	"postponed reads back the same":                    endReadsBack(Request, attempt, attempt),
	"processed reads back the same":                    endReadsBack(Request, attempt, Charge),
	"failed reads back the same":                       endReadsBack(Request, Decline),
	"refunding reads back the same":                    endReadsBack(Request, Charge, Cancel),
	"refunded reads back the same":                     endReadsBack(Request, Charge, Cancel, Refund),
	"given up reads back the same":                     endReadsBack(Request, attempt, attempt, attempt, closed),
}

// The changes that use cases make.

// Request asks for a payment of 150.00, due Now.
func Request(p *domain.Payment) error { return p.Request("customer-1", 15000, "card", Now) }

// Cancel says that the order was cancelled.
func Cancel(p *domain.Payment) error {
	p.Cancel(Now)
	return nil
}

// Charge records that the gateway charged.
func Charge(p *domain.Payment) error { return p.RecordCharge("tx", Now.Add(time.Second)) }

// Decline records that it declined.
func Decline(p *domain.Payment) error { return p.RecordDecline(Now.Add(time.Second)) }

// Refund records that it refunded.
func Refund(p *domain.Payment) error { return p.RecordRefund("re", Now.Add(time.Second)) }

func attempt(p *domain.Payment) error {
	p.RecordFailedAttempt(Now)
	p.Postpone(p.NextCall(), time.Hour, Now)
	return nil
}

func closed(p *domain.Payment) error { return p.RecordCancelled(Now) }

// Do applies the changes one after the other.
func (s Store) Do(t *testing.T, id domain.OrderID, changes ...func(*domain.Payment) error) {
	t.Helper()
	for _, change := range changes {
		if err := s.Update(t.Context(), id, change); err != nil {
			t.Fatal(err)
		}
	}
}

func (s Store) read(t *testing.T, id domain.OrderID) domain.Snapshot {
	t.Helper()
	p, err := s.ByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p.Snapshot()
}

func (s Store) wantOutbox(t *testing.T, want ...string) {
	t.Helper()
	var types []string
	for _, m := range s.Outbox(t) {
		types = append(types, m.Type)
	}
	if !slices.Equal(types, want) {
		t.Errorf("outbox = %v, want %v", types, want)
	}
}

func requestReadsBack(t *testing.T, s Store) {
	s.Do(t, "o-1", Request)
	want := domain.Snapshot{
		OrderID: "o-1", CustomerID: "customer-1", Amount: 15000, Method: "card", Status: domain.Pending,
		DueAt: Now, CreatedAt: Now, UpdatedAt: Now,
	}
	if got := s.read(t, "o-1"); got != want {
		t.Errorf("read\n got %+v\nwant %+v", got, want)
	}
}

// endReadsBack: every status reads back as it was saved; the changes between
// keep each constraint of the store.
func endReadsBack(changes ...func(*domain.Payment) error) func(*testing.T, Store) {
	return func(t *testing.T, s Store) {
		want := domain.New("o-1")
		for _, change := range changes {
			s.Do(t, "o-1", change)
			if err := change(want); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.read(t, "o-1"); got != want.Snapshot() {
			t.Errorf("read\n got %+v\nwant %+v", got, want.Snapshot())
		}
		var types []string
		for _, e := range want.Recorded() {
			types = append(types, e.EventType())
		}
		s.wantOutbox(t, types...)
	}
}

func repetitionChangesNothing(t *testing.T, s Store) {
	s.Do(t, "o-1", Request, Charge)
	before := s.read(t, "o-1")
	s.Do(t, "o-1", Request, Charge, Request)
	if got := s.read(t, "o-1"); got != before {
		t.Errorf("repetitions changed the payment to %+v", got)
	}
	s.wantOutbox(t, "PaymentProcessed")
}

func unknownIsNotSaved(t *testing.T, s Store) {
	s.Do(t, "o-1", func(*domain.Payment) error { return nil })
	if _, err := s.ByID(t.Context(), "o-1"); !errs.Is(err, errs.NotFound) {
		t.Errorf("error is %v, want errs.NotFound", err)
	}
}

func failedChangeLeavesNothing(t *testing.T, s Store) {
	s.Do(t, "o-1", Request)
	before, refused := s.read(t, "o-1"), errors.New("refused")
	err := s.Update(t.Context(), "o-1", func(p *domain.Payment) error { return errors.Join(Charge(p), refused) })
	if !errors.Is(err, refused) {
		t.Errorf("error is %v, want the change's", err)
	}
	if got := s.read(t, "o-1"); got != before {
		t.Errorf("payment is %+v", got)
	}
	s.wantOutbox(t)
}

func paymentsPage(t *testing.T, s Store) {
	for i := range 7 {
		at := Now.Add(time.Duration(i/3) * time.Second) // three at a time
		s.Do(t, domain.OrderID(fmt.Sprint("o-", i)), func(p *domain.Payment) error { return p.Request("c", 1, "", at) })
	}
	var seen []domain.OrderID
	filter := application.Filter{Limit: 2}
	for {
		page, err := s.List(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page {
			last := p.Snapshot()
			seen = append(seen, last.OrderID)
			filter.After = &application.Position{CreatedAt: last.CreatedAt, OrderID: last.OrderID}
		}
		if len(page) < 2 {
			break
		}
	}
	if want := "[o-6 o-5 o-4 o-3 o-2 o-1 o-0]"; fmt.Sprint(seen) != want {
		t.Errorf("pages show %v, want %s", seen, want)
	}
	one, err := s.List(t.Context(), application.Filter{OrderID: "o-3", Limit: 9})
	if err != nil || len(one) != 1 || one[0].OrderID() != "o-3" {
		t.Errorf("the list of one order is %v, %v", one, err)
	}
}
