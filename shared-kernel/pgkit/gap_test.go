package pgkit_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

const (
	few  = 3
	many = 4
)

// crowd is a group whose transactions last until they are let go.
type crowd struct {
	*pgkit.Group[int]
	began   chan int // calls in the transaction
	let     chan struct{}
	callers sync.WaitGroup
}

func newCrowd(t *testing.T, options ...pgkit.GroupOption) *crowd {
	c := &crowd{began: make(chan int), let: make(chan struct{})}
	c.Group = pgkit.NewGroup(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, calls []int) ([]error, error) {
		c.began <- len(calls)
		<-c.let
		return make([]error, len(calls)), nil
	}, options...)
	return c
}

func (c *crowd) call(t *testing.T, times int) {
	for i := range times {
		c.callers.Go(func() {
			if err := c.Do(t.Context(), i); err != nil {
				t.Error(err)
			}
		})
	}
}

// wait has so many calls wait behind a transaction of one.
func (c *crowd) wait(t *testing.T, calls int) {
	c.call(t, 1)
	<-c.began
	c.call(t, calls)
	for c.Waiting() < calls {
		runtime.Gosched()
	}
}

func TestManyCallsAreFollowedByAGap(t *testing.T) {
	const took = 4 * time.Millisecond
	c := newCrowd(t)
	c.wait(t, many)
	c.let <- struct{}{}
	if calls := <-c.began; calls != many {
		t.Fatalf("a transaction of %d calls", calls)
	}
	time.Sleep(took)
	c.call(t, 1)
	for c.Waiting() < 1 {
		runtime.Gosched()
	}
	c.let <- struct{}{}
	ended := time.Now()
	<-c.began
	if gap := time.Since(ended); gap < took {
		t.Errorf("the next transaction begins after %v", gap)
	}
	c.let <- struct{}{}
	c.callers.Wait()
}

func TestGap(t *testing.T) {
	g := newCrowd(t)
	for _, test := range []struct {
		calls      int
		took, want time.Duration
	}{
		{1, 2 * time.Millisecond, 0},
		{few, 2 * time.Millisecond, 0},
		{many, 2 * time.Millisecond, 2 * time.Millisecond},
		{100, time.Second, 5 * time.Millisecond},
	} {
		if gap := g.Gap(test.calls, test.took); gap != test.want {
			t.Errorf("after %d calls in %v: %v, want %v", test.calls, test.took, gap, test.want)
		}
	}
}

func TestNoGapInFrontOfAFullTransaction(t *testing.T) {
	for waiting, want := range map[int]time.Duration{many - 1: time.Millisecond, many: 0} {
		c := newCrowd(t, pgkit.AtMost(many))
		c.wait(t, waiting)
		if gap := c.Gap(many, time.Millisecond); gap != want {
			t.Errorf("with %d calls waiting: %v, want %v", waiting, gap, want)
		}
		c.let <- struct{}{}
		<-c.began
		c.let <- struct{}{}
		c.callers.Wait()
	}
}
