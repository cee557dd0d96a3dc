package pgkit_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// step is an operation on the counter a.
type step struct {
	by    int
	fail  error // alone, before it has an effect
	spoil bool  // its statement fails, and with it the transaction
	panic bool
}

type stepper struct {
	*pgkit.Group[step]
	transactions atomic.Int32
	hold         chan struct{} // each transaction takes one before it runs
}

func newStepper(t *testing.T) (*stepper, func() int) {
	pool := pgtest.New(t, counters)
	s := &stepper{hold: make(chan struct{}, 1000)}
	s.Group = pgkit.NewGroup(pool, func(ctx context.Context, tx *pgkit.Tx, steps []step) ([]error, error) {
		<-s.hold
		s.transactions.Add(1)
		outcomes, sum := make([]error, len(steps)), 0
		for i, step := range steps {
			if step.panic {
				panic("a defect")
			}
			if outcomes[i] = step.fail; step.fail != nil {
				continue
			}
			if sum += step.by; step.spoil {
				tx.Queue("INSERT INTO counters VALUES ('a', 0)") // there is one
				return nil, tx.Send(ctx)
			}
		}
		tx.Queue("UPDATE counters SET value = value + $1 WHERE name = 'a'", sum)
		return outcomes, nil
	})
	return s, func() int { return value(t, pool, "a") }
}

func (s *stepper) allow(transactions int) {
	for range transactions {
		s.hold <- struct{}{}
	}
}

// start begins all steps while the first transaction is held, and returns their
// outcomes when all are done.
func (s *stepper) start(t *testing.T, steps ...step) []error {
	t.Helper()
	outcomes := make([]error, len(steps))
	var all, begun sync.WaitGroup
	for i, step := range steps {
		begun.Add(1)
		all.Go(func() {
			defer func() {
				if recover() != nil {
					outcomes[i] = errPanicked
				}
			}()
			begun.Done()
			outcomes[i] = s.Do(t.Context(), step)
		})
	}
	begun.Wait()
	s.allow(100)
	all.Wait()
	return outcomes
}

var errPanicked = errors.New("panicked")

func TestConcurrentCallsShareTransactions(t *testing.T) {
	s, sum := newStepper(t)
	steps := make([]step, 100)
	for i := range steps {
		steps[i].by = 1
	}
	for i, err := range s.start(t, steps...) {
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	if sum() != 100 {
		t.Errorf("sum = %d", sum())
	}
	if n := s.transactions.Load(); n > 50 {
		t.Errorf("%d transactions for 100 calls", n)
	}
}

func TestTransactionsAreOfBoundedSize(t *testing.T) {
	var calls, largest atomic.Int32
	group := pgkit.NewGroup(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, steps []step) ([]error, error) {
		calls.Add(int32(len(steps)))
		if n := int32(len(steps)); n > largest.Load() {
			largest.Store(n) // transactions follow each other
		}
		return make([]error, len(steps)), nil
	}, pgkit.AtMost(7))
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if err := group.Do(t.Context(), step{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if calls.Load() != 100 || largest.Load() > 7 {
		t.Errorf("%d calls, up to %d in a transaction", calls.Load(), largest.Load())
	}
}

func TestCallThatFailsAloneCostsTheOthersNothing(t *testing.T) {
	s, sum := newStepper(t)
	refused := errs.New(errs.Conflict, "refused")
	outcomes := s.start(t, step{by: 1}, step{by: 10, fail: refused}, step{by: 100})
	if outcomes[0] != nil || !errors.Is(outcomes[1], refused) || outcomes[2] != nil || sum() != 101 {
		t.Errorf("outcomes %v, sum %d", outcomes, sum())
	}
}

// Of a hundred, one makes the transaction fail and one panics: the others are
// committed all the same.
func TestPoisonCostsItsNeighboursOnlyTime(t *testing.T) {
	s, sum := newStepper(t)
	steps := make([]step, 100)
	for i := range steps {
		steps[i].by = 1
	}
	steps[41].spoil = true
	steps[77].panic = true
	for i, err := range s.start(t, steps...) {
		switch i {
		case 41:
			if err == nil || errs.Is(err, errs.Unavailable) {
				t.Errorf("the spoiling step: %v", err)
			}
		case 77:
			if !errors.Is(err, errPanicked) {
				t.Errorf("the panicking step: %v", err)
			}
		default:
			if err != nil {
				t.Errorf("step %d: %v", i, err)
			}
		}
	}
	if sum() != 98 {
		t.Errorf("sum = %d, want 98", sum())
	}
}

// What was committed is reported before its callers know, and nothing else is.
func TestOnCommitHearsOfWhatWasCommittedBeforeTheCallers(t *testing.T) {
	s, sum := newStepper(t)
	var reports, reported, returned atomic.Int32
	s.OnCommit(func(steps []step) {
		reports.Add(1)
		if len(steps) > 0 && sum() == 0 { // it takes its time, in which callers who knew already would return
			t.Error("reported before the commit")
		}
		for _, step := range steps {
			reported.Add(int32(step.by))
		}
	})
	refused := step{by: 10, fail: errs.New(errs.Conflict, "refused")}
	s.allow(1)
	if err := s.Do(t.Context(), refused); !errors.Is(err, refused.fail) || reports.Load() != 1 {
		t.Errorf("alone in a transaction: %v, %d reports", err, reports.Load())
	}
	var all sync.WaitGroup
	for _, one := range []step{{by: 1}, refused, {by: 100, spoil: true}, {by: 1000, panic: true}, {by: 1}, {by: 1}} {
		all.Go(func() {
			defer func() { _ = recover() }()
			if err := s.Do(t.Context(), one); err == nil && returned.Add(1) > reported.Load() {
				t.Error("a call has returned that was not reported")
			}
		})
	}
	s.allow(100)
	all.Wait()
	if reported.Load() != 3 || returned.Load() != 3 {
		t.Errorf("%d reported, %d calls returned", reported.Load(), returned.Load())
	}
}

// The goroutine that runs transactions goes when nobody calls for a while. It may be
// about to do so when the next call comes.
func TestCallsThatComeAsTheGroupGoesToRest(t *testing.T) {
	group := pgkit.NewGroup(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, calls []int) ([]error, error) {
		return make([]error, len(calls)), nil
	}, pgkit.RestFor(time.Microsecond))
	var all sync.WaitGroup
	for range 3 { // four might leave gaps, in which it doesn't rest
		all.Go(func() {
			for range 500 {
				if err := group.Do(t.Context(), 1); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	for group.Resting() {
		runtime.Gosched()
	}
	if err := group.Do(t.Context(), 1); err != nil {
		t.Error(err)
	}
}

func TestOutageIsEverybodysAndIsNotSplit(t *testing.T) {
	outage := errs.New(errs.Unavailable, "gone")
	group := newTurns(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, names []string) (string, error) {
		if names[0] == "first" {
			return "", nil
		}
		return "", outage
	})
	for i, err := range group.take(t, "a", "b", "c", "d") {
		if !errors.Is(err, outage) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	group.expect(t, "[a b c d] ")
}

func TestDatabaseThatRefusesConnectionsIsUnavailable(t *testing.T) {
	group := pgkit.NewGroup(pgtest.Open(t, "postgres://127.0.0.1:1/none"),
		func(_ context.Context, _ *pgkit.Tx, calls []int) ([]error, error) {
			return make([]error, len(calls)), nil
		})
	if err := group.Do(t.Context(), 1); !errs.Is(err, errs.Unavailable) {
		t.Errorf("err = %v", err)
	}
}

// A database that doesn't answer fails those who wait together with the one who
// has found out, and from then on one call at a time looks for it.
func TestOneCallAtATimeWaitsForASilentDatabase(t *testing.T) {
	arrived, results := make(chan struct{}), make(chan error)
	group := pgkit.NewGroup(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, calls []int) ([]error, error) {
		arrived <- struct{}{}
		return make([]error, len(calls)), <-results
	}, pgkit.SilentAfter(0))
	call := func() <-chan error {
		done := make(chan error, 1)
		go func() { done <- group.Do(t.Context(), 1) }()
		return done
	}
	outage := errs.New(errs.Unavailable, "no answer")

	finder := call()
	<-arrived
	others := []<-chan error{call(), call()}
	for group.Waiting() < len(others) {
		runtime.Gosched()
	}
	results <- outage
	for _, c := range append(others, finder) {
		if err := <-c; !errors.Is(err, outage) {
			t.Errorf("err = %v", err)
		}
	}

	for group.Working() {
		runtime.Gosched()
	}
	scout := call()
	<-arrived
	if err := group.Do(t.Context(), 1); !errors.Is(err, outage) {
		t.Errorf("while another one looks for the database: %v", err)
	}
	results <- nil
	if err := <-scout; err != nil {
		t.Errorf("the database is back: %v", err)
	}
	after := []<-chan error{call()}
	<-arrived
	after = append(after, call())
	for group.Waiting() < 1 {
		runtime.Gosched()
	}
	results <- nil
	<-arrived
	results <- nil
	for _, c := range after {
		if err := <-c; err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}

// An outage that shows at once makes nobody wait, so nobody has to be spared.
func TestRefusalIsNoSilence(t *testing.T) {
	arrived, results := make(chan struct{}), make(chan error)
	group := pgkit.NewGroup(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, calls []int) ([]error, error) {
		arrived <- struct{}{}
		return make([]error, len(calls)), <-results
	}, pgkit.SilentAfter(time.Hour))
	outcomes := make(chan error, 2)
	go func() { outcomes <- group.Do(t.Context(), 1) }()
	<-arrived
	go func() { outcomes <- group.Do(t.Context(), 1) }()
	for group.Waiting() < 1 {
		runtime.Gosched()
	}
	outage := errs.New(errs.Unavailable, "refused")
	results <- outage
	if err := <-outcomes; !errors.Is(err, outage) {
		t.Errorf("err = %v", err)
	}
	<-arrived // the other one has its own turn
	results <- nil
	if err := <-outcomes; err != nil {
		t.Errorf("err = %v", err)
	}
}

func TestCallerWhoHasGoneIsLeftOut(t *testing.T) {
	s, sum := newStepper(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Do(ctx, step{by: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if outcomes := s.start(t, step{by: 10}); outcomes[0] != nil || sum()%10 != 0 {
		t.Errorf("outcomes %v, sum %d", outcomes, sum())
	}
}
