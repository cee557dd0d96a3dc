package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"

	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/pgkit"
)

// Calls that share a transaction are told the same as if they had come one after
// the other.
func TestBookingsOfOneTransaction(t *testing.T) {
	s := newSimulated(t, lucky)
	if _, err := s.Charge(t.Context(), chargeOf("declined", simDecline)); !errors.Is(err, application.ErrDeclined) {
		t.Fatal(err)
	}
	want := func(key, kind, reference string) *booking {
		return &booking{wanted: operation{Key: key, OrderID: "order-1", Kind: kind, Amount: 15000, Reference: reference}}
	}
	bookings := []*booking{
		want("twice", charge, "tx_1"), want("twice", charge, "tx_2"), want("twice", cancel, ""),
		want("declined", charge, "tx_3"), want("declined", cancel, ""),
		want("cancelled", cancel, ""), want("cancelled", charge, "tx_4"),
		want("alone", refund, "re_1"),
		want("alone", look, ""), want("declined", look, ""), want("nothing", look, ""),
	}
	together(t, s, bookings)
	for _, b := range bookings {
		if !b.first {
			again := want(b.wanted.Key, look, "")
			together(t, s, []*booking{again})
			b.done = again.done
		}
	}
	for i, want := range []struct {
		kind, reference string
		first           bool
	}{
		{charge, "tx_1", true}, {charge, "tx_1", false}, {charge, "tx_1", false},
		{decline, bookings[4].done.Reference, false}, {decline, bookings[3].done.Reference, false},
		{cancel, "", true}, {cancel, "", false},
		{refund, "re_1", true},
		{refund, "re_1", false}, {decline, bookings[3].done.Reference, false}, {},
	} {
		if b := bookings[i]; b.done.Kind != want.kind || b.done.Reference != want.reference || b.first != want.first {
			t.Errorf("booking %d: the key has %+v, first %t; want %+v", i, b.done, b.first, want)
		}
	}
	if got := ledger(t, s); len(got) != 3 {
		t.Errorf("ledger is %v, want a charge, a cancel and a refund", got)
	}
}

func together(t *testing.T, s *Simulated, bookings []*booking) {
	t.Helper()
	var outcomes []error
	err := pgkit.InTx(t.Context(), s.pool, func(ctx context.Context, tx *pgkit.Tx) (err error) {
		outcomes, err = transact(ctx, tx, bookings)
		return err
	})
	if err := errors.Join(append(outcomes, err)...); err != nil {
		t.Fatal(err)
	}
}

func TestConcurrentChargesShareTransactions(t *testing.T) {
	s := newSimulated(t, lucky)
	blocker, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blocker.Exec(t.Context(), "LOCK TABLE gateway.operations IN EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	var begun, all sync.WaitGroup
	for i := range 100 {
		begun.Add(1)
		all.Go(func() {
			begun.Done()
			if _, err := s.Charge(t.Context(), chargeOf(fmt.Sprint(i), simSuccess)); err != nil {
				t.Error(err)
			}
		})
	}
	begun.Wait()
	if err := blocker.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	var charges, transactions int
	err = s.pool.QueryRow(t.Context(), "SELECT count(*), count(DISTINCT xmin::text) FROM gateway.operations").Scan(&charges, &transactions)
	if err != nil {
		t.Fatal(err)
	}
	if charges != 100 || transactions > 50 {
		t.Errorf("%d charges were booked by %d transactions", charges, transactions)
	}
}

// Charge and cancel of many keys meet at two replicas of the provider, each
// several times: for each key everybody is told the same.
func TestManyKeysAreDecidedOnce(t *testing.T) {
	s := newSimulated(t, lucky)
	replicas := []*Simulated{s, NewSimulated(s.pool, Behavior{SuccessRate: 1, Random: lucky, NewID: uuid.NewString})}
	const keys, calls = 40, 8 // calls of each key
	var mu sync.Mutex
	told := map[string]map[string]bool{} // by key: the transactions that callers were told of, "" for none
	atOnce(keys*calls, func(i int) {
		key, call := fmt.Sprint(i%keys), i/keys
		if call%2 == 1 {
			key = fmt.Sprint(keys - 1 - i%keys) // the other way around
		}
		replica := replicas[call/2%2]
		var transactionID string
		var err error
		if call < calls/2 {
			transactionID, err = replica.Charge(t.Context(), chargeOf(key, simSuccess))
		} else {
			transactionID, err = replica.Cancel(t.Context(), key, "order-1")
		}
		if err != nil && !errors.Is(err, application.ErrKeyCancelled) {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if told[key] == nil {
			told[key] = map[string]bool{}
		}
		told[key][transactionID] = true
	})
	for key, transactions := range told {
		if len(transactions) != 1 {
			t.Errorf("of key %s callers were told of the transactions %v", key, transactions)
		}
	}
	if got := len(ledger(t, s)); got != keys {
		t.Errorf("the ledger has %d entries of %d keys", got, keys)
	}
}
