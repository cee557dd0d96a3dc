package pgkit_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// comeInAGap is how many calls come while a held group leaves a gap.
const comeInAGap = 2

// held is a group whose transactions last until they are released.
type held struct {
	*pgkit.Group[int]
	began   chan int // calls in the transaction
	release chan error
	gaps    chan gap
	callers sync.WaitGroup
}

// gap is one that was left.
type gap struct {
	long time.Duration
	at   time.Time
}

func newHeld(test context.Context, pool *pgxpool.Pool) *held {
	h := &held{began: make(chan int), release: make(chan error), gaps: make(chan gap, 10)}
	h.Group = pgkit.NewGroup(pool, func(_ context.Context, _ *pgkit.Tx, calls []int) ([]error, error) {
		select {
		case h.began <- len(calls):
		case <-test.Done(): // it has failed
			return nil, test.Err()
		}
		return make([]error, len(calls)), <-h.release
	}, pgkit.SilentAfter(time.Hour))
	return h
}

// watch has gaps told instead of left, and calls come in them.
func (h *held) watch(ctx context.Context) {
	h.SetSleep(func(long time.Duration) {
		h.gaps <- gap{long, time.Now()}
		h.queue(ctx, comeInAGap)
	})
}

func (h *held) call(ctx context.Context) {
	h.callers.Go(func() { _ = h.Do(ctx, 1) }) // some are to fail
}

// queue has so many calls more wait for the next transaction.
func (h *held) queue(ctx context.Context, calls int) {
	waiting := h.Waiting() + calls
	for range calls {
		h.call(ctx)
	}
	for h.Waiting() < waiting {
		runtime.Gosched()
	}
}

func TestALargeTransactionIsFollowedByAGap(t *testing.T) {
	const short, long, longest = 2 * time.Millisecond, 10 * time.Millisecond, 5 * time.Millisecond
	pool := pgtest.New(t, counters)
	for name, test := range map[string]struct {
		calls, next int
		took        time.Duration // at least
		err         error
		gap         time.Duration // at least; 0: none
	}{
		"of three calls":             {calls: 3, next: 1, took: short},
		"of four":                    {calls: 4, next: 1, took: short, gap: short},
		"that was slow":              {calls: 4, next: 1, took: long, gap: longest},
		"and nobody waits":           {calls: 4, next: 0, took: short},
		"and fewer wait than it had": {calls: 9, next: 8, took: short, gap: short},
		"and as many wait as it had": {calls: 9, next: 9, took: short},
		"but not by an outage":       {calls: 4, next: 1, took: short, err: errs.New(errs.Unavailable, "no database")},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHeld(t.Context(), pool)
			h.watch(t.Context())
			h.call(t.Context())
			<-h.began
			h.queue(t.Context(), test.calls)
			before := time.Now()
			h.release <- nil
			if calls := <-h.began; calls != test.calls {
				t.Errorf("a transaction of %d calls", calls)
			}
			h.queue(t.Context(), test.next)
			time.Sleep(test.took)
			h.release <- test.err
			if test.next == 0 { // the next call finds the group at rest
				for !h.Resting() {
					if len(h.gaps) > 0 {
						t.Fatal("a gap")
					}
					runtime.Gosched()
				}
				h.call(t.Context())
			}
			calls := <-h.began
			h.release <- nil
			h.callers.Wait()
			want := max(test.next, 1)
			if test.gap > 0 {
				want += comeInAGap
			}
			if calls != want {
				t.Errorf("the next transaction has %d calls, want %d", calls, want)
			}
			if test.gap == 0 {
				return
			}
			g := <-h.gaps
			if g.long < test.gap || g.long > longest || g.long > g.at.Sub(before) {
				t.Errorf("a gap of %v, want %v to %v, and as long as the transaction took", g.long, test.gap, longest)
			}
		})
	}
}

func TestAGapIsLeft(t *testing.T) {
	const took = 4 * time.Millisecond
	h := newHeld(t.Context(), pgtest.New(t, counters))
	h.call(t.Context())
	<-h.began
	h.queue(t.Context(), 4)
	h.release <- nil
	<-h.began
	h.queue(t.Context(), 1)
	time.Sleep(took)
	ending := time.Now()
	h.release <- nil
	<-h.began
	if left := time.Since(ending); left < took {
		t.Errorf("the next transaction begins after %v", left)
	}
	h.release <- nil
	h.callers.Wait()
}
