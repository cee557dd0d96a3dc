package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/migrations"
	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// lucky is a random number that every success rate but 0 is above.
func lucky() float64 { return 0 }

func newSimulated(t *testing.T, random func() float64) *Simulated {
	pool := pgtest.New(t, migrations.Of("payment"))
	return NewSimulated(pool, Behavior{SuccessRate: 0.8, Random: random, NewID: uuid.NewString})
}

func chargeOf(key, method string) application.Charge {
	return application.Charge{Key: key, OrderID: "order-1", Amount: 15000, Method: method}
}

// ledger returns the books in the order of their making, "kind amount" each.
func ledger(t *testing.T, s *Simulated) []string {
	t.Helper()
	entries, err := s.Entries(t.Context(), application.LedgerFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(entries))
	for i, e := range entries {
		lines[len(entries)-1-i] = fmt.Sprintf("%s %s", e.Kind, e.Amount)
	}
	return lines
}

func wantLedger(t *testing.T, s *Simulated, want ...string) {
	t.Helper()
	if got := ledger(t, s); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("ledger is %v, want %v", got, want)
	}
}

func TestChargeIsIdempotentUnderItsKey(t *testing.T) {
	s := newSimulated(t, lucky)
	first, err := s.Charge(t.Context(), chargeOf("k", ""))
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Charge(t.Context(), chargeOf("k", ""))
	if err != nil || again != first {
		t.Errorf("asked again it answers %q, %v; want %q", again, err, first)
	}
	wantLedger(t, s, "charge 150.00")
}

func TestForcedOutcomes(t *testing.T) {
	for method, want := range map[string]error{simSuccess: nil, simDecline: application.ErrDeclined, simUnavailable: ErrFailed} {
		s := newSimulated(t, func() float64 { return 0.8 }) // nothing succeeds by chance
		for range 4 {
			if _, err := s.Charge(t.Context(), chargeOf("k", method)); !errors.Is(err, want) {
				t.Errorf("%s: error is %v, want %v", method, err, want)
			}
		}
	}
}

func TestOtherMethodsSucceedByChance(t *testing.T) {
	s := newSimulated(t, func() float64 { return 0.8 }) // of which 0.8 is not below 0.8
	for _, method := range []string{"", "card", "sim_other"} {
		if _, err := s.Charge(t.Context(), chargeOf(method, method)); !errors.Is(err, ErrFailed) {
			t.Errorf("%q: error is %v, want ErrFailed", method, err)
		}
	}
	wantLedger(t, s)
	s.behavior.Random = func() float64 { return 0.79 }
	if _, err := s.Charge(t.Context(), chargeOf("", "")); err != nil {
		t.Errorf("a failed attempt closed the key: %v", err)
	}
	s.behavior.Random = func() float64 { return 0.99 }
	if _, err := s.Charge(t.Context(), chargeOf("", "")); err != nil {
		t.Errorf("a charged key was answered by chance: %v", err)
	}
	wantLedger(t, s, "charge 150.00")
}

func TestTimeoutChargesAndAnswersOnlyWhenAskedAgain(t *testing.T) {
	s := newSimulated(t, lucky)
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() {
		_, err := s.Charge(ctx, chargeOf("k", simTimeout))
		answered <- err
	}()
	for len(ledger(t, s)) == 0 && t.Context().Err() == nil {
		select {
		case err := <-answered:
			t.Fatalf("the first charge answered %v", err)
		default:
		}
	}
	cancel()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Errorf("the first charge ended with %v, want its context's error", err)
	}
	if transactionID, err := s.Charge(t.Context(), chargeOf("k", simTimeout)); err != nil || transactionID == "" {
		t.Errorf("asked again it answers %q, %v", transactionID, err)
	}
	wantLedger(t, s, "charge 150.00")
}

func TestCancelClosesTheKey(t *testing.T) {
	s := newSimulated(t, lucky)
	for range 2 {
		if transactionID, err := s.Cancel(t.Context(), "k", "order-1"); transactionID != "" || err != nil {
			t.Errorf("cancel answers %q, %v; want that it is cancelled", transactionID, err)
		}
	}
	for _, method := range []string{simSuccess, simUnavailable, simDecline, simTimeout} {
		if _, err := s.Charge(t.Context(), chargeOf("k", method)); !errors.Is(err, application.ErrKeyCancelled) {
			t.Errorf("%s: charge under a cancelled key ends with %v", method, err)
		}
	}
	wantLedger(t, s, "cancel 0.00")
}

func TestCancelLeavesAChargeAlone(t *testing.T) {
	s := newSimulated(t, lucky)
	want, err := s.Charge(t.Context(), chargeOf("k", ""))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Cancel(t.Context(), "k", "order-1"); got != want || err != nil {
		t.Errorf("cancel answers %q, %v; want the charge %q", got, err, want)
	}
	wantLedger(t, s, "charge 150.00")
}

func TestCancelOfADeclinedKeyIsCancelled(t *testing.T) {
	s := newSimulated(t, lucky)
	if _, err := s.Charge(t.Context(), chargeOf("k", simDecline)); !errors.Is(err, application.ErrDeclined) {
		t.Fatal(err)
	}
	if got, err := s.Cancel(t.Context(), "k", "order-1"); got != "" || err != nil {
		t.Errorf("cancel answers %q, %v", got, err)
	}
	wantLedger(t, s)
}

func TestRefund(t *testing.T) {
	s := newSimulated(t, lucky)
	transactionID, err := s.Charge(t.Context(), chargeOf("k", ""))
	if err != nil {
		t.Fatal(err)
	}
	order := application.Refund{Key: "r", OrderID: "order-1", TransactionID: transactionID, Amount: 15000}
	first, err := s.Refund(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Refund(t.Context(), order); again != first || err != nil {
		t.Errorf("asked again it answers %q, %v; want %q", again, err, first)
	}
	wantLedger(t, s, "charge 150.00", "refund 150.00")

	order.Key, order.TransactionID = "r2", "tx_unknown"
	if _, err := s.Refund(t.Context(), order); err == nil {
		t.Error("something was refunded that was never charged")
	}
}

func TestManyChargesOfOneKeyAtOnce(t *testing.T) {
	s := newSimulated(t, lucky)
	ids := make([]string, 100)
	atOnce(len(ids), func(i int) {
		id, err := s.Charge(t.Context(), chargeOf("k", simSuccess))
		if err != nil {
			t.Error(err)
		}
		ids[i] = id
	})
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("answers differ: %v", ids)
		}
	}
	wantLedger(t, s, "charge 150.00")
}

func TestChargeAndCancelAtOnce(t *testing.T) {
	s := newSimulated(t, lucky)
	var charged, cancelled int
	for race := range 30 {
		key := fmt.Sprint(race)
		var chargeErr, cancelErr error
		var transactionID, found string
		atOnce(2, func(i int) {
			if i == 0 {
				transactionID, chargeErr = s.Charge(t.Context(), chargeOf(key, simSuccess))
			} else {
				found, cancelErr = s.Cancel(t.Context(), key, "order-1")
			}
		})
		switch {
		case cancelErr != nil:
			t.Fatal(cancelErr)
		case chargeErr == nil && found == transactionID:
			charged++
		case errors.Is(chargeErr, application.ErrKeyCancelled) && found == "":
			cancelled++
		default:
			t.Fatalf("charge answers %q, %v and cancel %q: both or none won", transactionID, chargeErr, found)
		}
	}
	if got := len(ledger(t, s)); got != charged+cancelled {
		t.Errorf("%d ledger entries of %d races", got, charged+cancelled)
	}
}

func atOnce(n int, do func(i int)) {
	var ready, all sync.WaitGroup
	ready.Add(1)
	for i := range n {
		all.Go(func() {
			ready.Wait()
			do(i)
		})
	}
	ready.Done()
	all.Wait()
}

func TestEntriesArePagedNewestFirst(t *testing.T) {
	s := newSimulated(t, lucky)
	for i := range 5 {
		c := chargeOf(fmt.Sprint(i), simSuccess)
		if i == 2 {
			c.OrderID = "order-2"
		}
		if _, err := s.Charge(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	var all []application.Entry
	filter := application.LedgerFilter{Limit: 2}
	for {
		page, err := s.Entries(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < 2 {
			break
		}
		filter.After = &application.LedgerPosition{CreatedAt: page[1].CreatedAt, Number: page[1].Number}
	}
	if len(all) != 5 || all[2].OrderID != "order-2" || all[0].CreatedAt.Before(all[4].CreatedAt) {
		t.Errorf("pages show %+v", all)
	}
	only, err := s.Entries(t.Context(), application.LedgerFilter{OrderID: "order-2", Limit: 10})
	if err != nil || len(only) != 1 || only[0].OrderID != "order-2" {
		t.Errorf("entries of one order are %v, %v", only, err)
	}
}

func TestUnreachableBooksAreUnavailable(t *testing.T) {
	pool := pgtest.Open(t, "host=127.0.0.1 port=1 connect_timeout=1")
	s := NewSimulated(pool, Behavior{SuccessRate: 1, Random: lucky, NewID: uuid.NewString})
	ctx := t.Context()
	_, chargeErr := s.Charge(ctx, chargeOf("k", simSuccess))
	_, failErr := s.Charge(ctx, chargeOf("k", simUnavailable))
	_, cancelErr := s.Cancel(ctx, "k", "order-1")
	_, refundErr := s.Refund(ctx, application.Refund{Key: "r"})
	_, ledgerErr := s.Entries(ctx, application.LedgerFilter{Limit: 1})
	for call, err := range map[string]error{
		"charge": chargeErr, "failing charge": failErr, "cancel": cancelErr, "refund": refundErr, "ledger": ledgerErr,
	} {
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: error is %v, want errs.Unavailable", call, err)
		}
	}
}

func TestLatencyEndsWithTheCaller(t *testing.T) {
	s := NewSimulated(nil, Behavior{Latency: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, chargeErr := s.Charge(ctx, chargeOf("k", ""))
	_, cancelErr := s.Cancel(ctx, "k", "order-1")
	_, refundErr := s.Refund(ctx, application.Refund{})
	for _, err := range []error{chargeErr, cancelErr, refundErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want context.Canceled", err)
		}
	}
}

func TestRetriesForAKeyThatIsBeingBookedYield(t *testing.T) {
	s := newSimulated(t, lucky)
	book := `INSERT INTO gateway.operations (key, order_id, kind, amount_minor, reference, created_at)
		VALUES ('k', 'order-1', 'charge', 15000, 'tx_0', now())`
	pgtest.ExpectRetriesToYield(t, s.pool, book, func(pool *pgxpool.Pool) func() error {
		provider := NewSimulated(pool, s.behavior)
		return func() error {
			_, err := provider.Charge(t.Context(), chargeOf("k", ""))
			return err
		}
	})
}
