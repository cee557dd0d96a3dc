package pgkit_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// sizes is a group that notes how many calls each of its transactions has.
func sizes(t *testing.T, soon time.Duration) (group *pgkit.Group[int], transactions *[]int) {
	transactions = &[]int{}
	return pgkit.NewGroup(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, calls []int) ([]error, error) {
		*transactions = append(*transactions, len(calls)) // they follow each other
		return make([]error, len(calls)), nil
	}, pgkit.Soon(soon)), transactions
}

func TestCallThatNobodyWaitsForGoesWithTheNext(t *testing.T) {
	for name, next := range map[string]func(*pgkit.Group[int], context.Context, int) error{
		"that somebody waits for": (*pgkit.Group[int]).Do,
		"that nobody waits for":   (*pgkit.Group[int]).DoSoon,
	} {
		t.Run(name, func(t *testing.T) {
			group, transactions := sizes(t, time.Hour)
			var first sync.WaitGroup
			first.Go(func() {
				if err := group.DoSoon(t.Context(), 1); err != nil {
					t.Error(err)
				}
			})
			for group.Waiting() == 0 {
				runtime.Gosched()
			}
			if group.Working() {
				t.Error("it doesn't wait for the next")
			}
			if err := next(group, t.Context(), 2); err != nil {
				t.Error(err)
			}
			first.Wait()
			// A consumer of one message at a time would be held up for each otherwise.
			if err := group.DoSoon(t.Context(), 3); err != nil {
				t.Error(err)
			}
			if want := []int{2, 1}; !slices.Equal(*transactions, want) {
				t.Errorf("transactions of %v calls, want %v", *transactions, want)
			}
		})
	}
}

func TestCallThatNobodyWaitsForGoesByItselfInTheEnd(t *testing.T) {
	group, transactions := sizes(t, 5*time.Millisecond)
	began := time.Now()
	if err := group.DoSoon(t.Context(), 1); err != nil || len(*transactions) != 1 {
		t.Errorf("%v after transactions of %v calls", err, *transactions)
	}
	if waited := time.Since(began); waited < 5*time.Millisecond {
		t.Errorf("it waited for %v", waited)
	}
}
