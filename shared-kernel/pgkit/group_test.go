package pgkit_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

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

func TestOutageIsEverybodysAndIsNotSplit(t *testing.T) {
	ran := 0
	group := pgkit.NewGroup(pgtest.Open(t, "postgres://127.0.0.1:1/none"),
		func(context.Context, *pgkit.Tx, []int) ([]error, error) { ran++; return nil, nil })
	if err := group.Do(t.Context(), 1); !errs.Is(err, errs.Unavailable) || ran > 0 {
		t.Errorf("err = %v, ran %d times", err, ran)
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
