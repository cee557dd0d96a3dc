package pgkit_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// sizes notes how many calls each transaction of a group has.
type sizes struct {
	*pgkit.Group[int]
	transactions []int // they follow each other
}

func newSizes(t *testing.T, soon time.Duration) *sizes {
	s := &sizes{}
	s.Group = pgkit.NewGroup(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, calls []int) ([]error, error) {
		s.transactions = append(s.transactions, len(calls))
		return make([]error, len(calls)), nil
	})
	s.SetSoon(soon)
	return s
}

func (s *sizes) want(t *testing.T, want ...int) {
	t.Helper()
	if !slices.Equal(s.transactions, want) {
		t.Errorf("transactions of %v calls, want %v", s.transactions, want)
	}
}

// begin returns while a DoSoon waits for another call.
func (s *sizes) begin(t *testing.T, ctx context.Context) (done <-chan error) {
	t.Helper()
	outcome := make(chan error, 1)
	go func() { outcome <- s.DoSoon(ctx, 1) }()
	for s.Waiting() == 0 {
		select {
		case err := <-outcome:
			t.Fatalf("it doesn't wait for another call: %v", err)
		default:
			runtime.Gosched()
		}
	}
	if s.Working() {
		t.Error("it has a transaction begun")
	}
	return outcome
}

// rest returns when no transaction is under way: a DoSoon would not wait, but follow it.
func (s *sizes) rest() {
	for !s.Resting() {
		runtime.Gosched()
	}
}

// patient ends long before DoSoon would begin a transaction that it should not wait for.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestDoSoonGoesWithTheNextCall(t *testing.T) {
	for name, next := range map[string]func(*sizes, context.Context, int) error{
		"Do":     (*sizes).Do,
		"DoSoon": (*sizes).DoSoon,
	} {
		t.Run(name, func(t *testing.T) {
			s, ctx := newSizes(t, time.Hour), patient(t)
			first := s.begin(t, ctx)
			if err := errors.Join(next(s, ctx, 2), <-first); err != nil {
				t.Error(err)
			}
			s.want(t, 2)
		})
	}
}

// A consumer of one message at a time would be held up for each otherwise.
func TestDoSoonDoesntWaitAfterOneHasInVain(t *testing.T) {
	const soon = 5 * time.Millisecond
	s, ctx := newSizes(t, soon), patient(t)
	if err := s.Do(ctx, 1); err != nil { // which connects
		t.Error(err)
	}
	s.rest()
	began := time.Now()
	if err := s.DoSoon(ctx, 2); err != nil {
		t.Error(err)
	}
	if waited := time.Since(began); waited < soon {
		t.Errorf("it waited for %v", waited)
	}
	s.SetSoon(time.Hour)
	s.rest()
	if err := s.DoSoon(ctx, 3); err != nil {
		t.Error(err)
	}
	s.want(t, 1, 1, 1)
}

func TestDoSoonWhoseCallerHasGoneIsLeftOut(t *testing.T) {
	s := newSizes(t, time.Hour)
	ctx, cancel := context.WithCancel(patient(t))
	gone := s.begin(t, ctx)
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if err := s.Do(t.Context(), 2); err != nil {
		t.Error(err)
	}
	s.want(t, 1)
}
