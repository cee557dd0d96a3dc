package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"orders.internal/test/stack/console"
)

const (
	watchEvery = 250 * time.Millisecond
	// boundedEvery is for a loop that may not place more until orders have ended.
	boundedEvery = 100 * time.Millisecond
	tellEvery    = 5 * time.Second
)

// watch follows the orders of a phase that have not ended. It counts in the
// order service's database, where an index holds just the pending ones.
type watch struct {
	system   *system
	shop     *shop
	progress *console.Progress
	inFlight int // 0: not bounded

	looking sync.Mutex // held by a look, and by whoever takes its database away

	mu    sync.Mutex
	ended int           // orders, at least
	moved chan struct{} // closed when ended has grown
}

func newWatch(s *system, shop *shop, inFlight int, progress *console.Progress) *watch {
	return &watch{system: s, shop: shop, inFlight: inFlight, progress: progress, moved: make(chan struct{})}
}

// admit waits until another order may be in flight.
func (w *watch) admit(ctx context.Context) error {
	for w.inFlight > 0 {
		w.mu.Lock()
		ended, moved := w.ended, w.moved
		w.mu.Unlock()
		placed := int(w.shop.placed.Load() - w.shop.refused.Load())
		if placed-ended < w.inFlight {
			break
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// follow looks until all is placed and has ended, or ctx ends.
func (w *watch) follow(ctx context.Context, placed <-chan struct{}) error {
	ticks, tells := time.NewTicker(watchEvery), time.NewTicker(tellEvery)
	defer ticks.Stop()
	defer tells.Stop()
	var told [2]int64
	for {
		over := isClosed(placed)
		pending, err := w.look(ctx)
		switch {
		case err != nil:
			return errors.Join(err, w.system.died())
		case over && pending == 0:
			return nil
		}
		select {
		case <-ticks.C:
		case <-tells.C:
			now := [2]int64{w.shop.accepted.Load(), w.shop.accepted.Load() - int64(pending)}
			seconds := tellEvery.Seconds()
			w.progress.Say("    %d orders accepted (%.0f/s), %d ended (%.0f/s), %d in flight",
				now[0], float64(now[0]-told[0])/seconds, now[1], float64(now[1]-told[1])/seconds, pending)
			told = now
		case <-ctx.Done():
			return fmt.Errorf("%d orders are still pending: %w", pending, context.Cause(ctx))
		}
	}
}

// look counts the pending orders.
func (w *watch) look(ctx context.Context) (pending int, err error) {
	w.looking.Lock()
	defer w.looking.Unlock()
	accepted := int(w.shop.accepted.Load())
	err = w.system.databases["order"].QueryRow(ctx, `SELECT count(*) FROM orders WHERE status = 'PENDING'`).Scan(&pending)
	if err != nil {
		return 0, fmt.Errorf("count pending orders: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if ended := accepted - pending; ended > w.ended {
		w.ended = ended
		close(w.moved)
		w.moved = make(chan struct{})
	}
	return pending, nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
