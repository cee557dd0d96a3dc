package pgkit_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// held is a group whose transactions last until they are released.
type held struct {
	*pgkit.Group[int]
	began    chan int // calls in the transaction
	release  chan error
	gaps     chan time.Duration
	outcomes chan error
	callers  sync.WaitGroup
}

func newHeld(t *testing.T) *held {
	h := &held{
		began: make(chan int), release: make(chan error),
		gaps: make(chan time.Duration, 10), outcomes: make(chan error, 100),
	}
	h.Group = pgkit.NewGroup(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, calls []int) ([]error, error) {
		h.began <- len(calls)
		return make([]error, len(calls)), <-h.release
	})
	h.SetSleep(func(gap time.Duration) { h.gaps <- gap })
	return h
}

// queue has so many calls wait while a transaction is under way.
func (h *held) queue(ctx context.Context, calls int) {
	for range calls {
		h.callers.Go(func() { h.outcomes <- h.Do(ctx, 1) })
	}
	for h.Waiting() < calls {
		runtime.Gosched()
	}
}

func TestALargeTransactionIsFollowedByAGap(t *testing.T) {
	const short, long = 2 * time.Millisecond, 10 * time.Millisecond
	for name, test := range map[string]struct {
		calls, next int
		took        time.Duration
		err         error
		gap         time.Duration // at least; 0: none
	}{
		"of three calls":                   {calls: 3, next: 1, took: short},
		"of four":                          {calls: 4, next: 1, took: short, gap: short},
		"that was slow":                    {calls: 4, next: 1, took: long, gap: 5 * time.Millisecond},
		"and nobody waits":                 {calls: 4, next: 0, took: short},
		"and fewer wait than it had":       {calls: 9, next: 8, took: short, gap: short},
		"and as many wait as it had":       {calls: 9, next: 9, took: short},
		"and nobody was answered, in vain": {calls: 4, next: 1, took: short, err: errs.New(errs.Unavailable, "no database")},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHeld(t)
			h.callers.Go(func() { h.outcomes <- h.Do(t.Context(), 1) })
			<-h.began
			h.queue(t.Context(), test.calls)
			h.release <- nil
			if calls := <-h.began; calls != test.calls {
				t.Fatalf("a transaction of %d calls", calls)
			}
			h.queue(t.Context(), test.next)
			time.Sleep(test.took)
			h.release <- test.err
			if test.next == 0 { // the next call finds the group at rest
				for !h.Resting() {
					runtime.Gosched()
				}
				h.callers.Go(func() { h.outcomes <- h.Do(t.Context(), 1) })
			}
			<-h.began
			h.release <- nil
			h.callers.Wait()
			select {
			case gap := <-h.gaps:
				if test.gap == 0 || gap < test.gap || gap > 5*time.Millisecond {
					t.Errorf("a gap of %v, want %v", gap, test.gap)
				}
			default:
				if test.gap > 0 {
					t.Error("no gap")
				}
			}
			if len(h.gaps) > 0 {
				t.Errorf("%d gaps more", len(h.gaps))
			}
		})
	}
}
