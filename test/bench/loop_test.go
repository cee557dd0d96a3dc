package bench

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fakeClock is a time that passes while somebody waits or works.
type fakeClock struct {
	mu sync.Mutex
	at time.Time
}

func (f *fakeClock) clock() clock {
	return clock{
		now: func() time.Time {
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.at
		},
		wait: func(ctx context.Context, until time.Time) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			if until.After(f.at) {
				f.at = until
			}
			return ctx.Err()
		},
	}
}

func (f *fakeClock) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = f.at.Add(d)
}

func TestOpenLoopCountsFromWhenOrdersAreDue(t *testing.T) {
	begin := time.Unix(1000, 0)
	f := &fakeClock{at: begin}
	var latencies []time.Duration
	open(t.Context(), f.clock(), 1, 10, time.Second, func(_, n int, due time.Time) time.Duration {
		if want := begin.Add(time.Duration(n) * 100 * time.Millisecond); !due.Equal(want) {
			t.Errorf("order %d is due at %v, want %v", n, due.Sub(begin), want.Sub(begin))
		}
		took := 10 * time.Millisecond
		if n == 2 {
			took = 350 * time.Millisecond // the system stands still
		}
		f.pass(took)
		latencies = append(latencies, f.at.Sub(due)/time.Millisecond)
		return time.Hour // an open loop doesn't pause
	})
	want := []time.Duration{10, 10, 350, 260, 170, 80, 10, 10, 10, 10}
	if !slices.Equal(latencies, want) {
		t.Errorf("latencies in ms: %d, want %d", latencies, want)
	}
}

func TestOpenLoopPlacesEachOrderOnce(t *testing.T) {
	f := &fakeClock{at: time.Unix(0, 0)}
	var seen [1000]atomic.Int32
	var busy [50]atomic.Bool
	open(t.Context(), f.clock(), len(busy), 500, 2*time.Second, func(client, n int, _ time.Time) time.Duration {
		if busy[client].Swap(true) {
			t.Errorf("client %d places two orders at once", client)
		}
		seen[n].Add(1)
		busy[client].Store(false)
		return 0
	})
	for n := range seen {
		if got := seen[n].Load(); got != 1 {
			t.Errorf("order %d was placed %d times", n, got)
		}
	}
}

func TestOpenLoopEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &fakeClock{at: time.Unix(0, 0)}
	placed := 0
	open(ctx, f.clock(), 1, 10, time.Hour, func(_, n int, _ time.Time) time.Duration {
		if placed++; n == 3 {
			cancel()
		}
		return 0
	})
	if placed != 4 {
		t.Errorf("%d orders were placed, want 4", placed)
	}
}

func TestClosedLoopStopsWhenNothingIsAdmitted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var admitted, placed atomic.Int64
	closed(ctx, 8, time.Hour, func(ctx context.Context) error {
		if admitted.Add(1) > 100 {
			cancel()
		}
		return ctx.Err()
	}, func(int, int, time.Time) time.Duration {
		placed.Add(1)
		return 0
	})
	if got := placed.Load(); got < 90 || got > 100 {
		t.Errorf("%d orders were placed, want the 100 that were admitted, less those that the end overtook", got)
	}
}

func TestClosedLoopPausesAsItIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		placed := 0
		admit := func(context.Context) error { return nil }
		closed(t.Context(), 1, time.Minute-time.Millisecond, admit, func(int, int, time.Time) time.Duration {
			placed++
			return time.Second
		})
		if placed != 60 {
			t.Errorf("%d orders were placed in a minute, want 60", placed)
		}
	})
}

func TestNoOrderIsPlacedBeforeItIsDue(t *testing.T) {
	for _, rate := range []float64{exactUpTo, exactUpTo + 1} {
		clock := systemClock(rate)
		due := clock.now().Add(3 * time.Millisecond)
		if err := clock.wait(t.Context(), due); err != nil || time.Now().Before(due) {
			t.Errorf("at %v a second: %v early, %v", rate, time.Until(due), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := clock.wait(ctx, time.Now().Add(time.Hour)); err == nil {
			t.Errorf("at %v a second: waited although the context had ended", rate)
		}
	}
}
