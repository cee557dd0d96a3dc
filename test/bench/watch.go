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
	watchEvery = 500 * time.Millisecond
	tellEvery  = 5 * time.Second
)

// watch follows the orders of a phase that have not ended. It counts in the
// order service's database, where an index holds just the pending ones. When they
// are thousands that takes milliseconds, so it is done only when somebody waits for
// the answer, and not more often than watchEvery.
type watch struct {
	system   *system
	shop     *shop
	progress *console.Progress
	inFlight int // 0: not bounded

	asked chan struct{} // a client waits for orders to end

	looking sync.Mutex // held by a look, and by whoever takes its database away

	mu     sync.Mutex
	ended  int           // orders, at least
	looked chan struct{} // closed by the next look
}

func newWatch(s *system, shop *shop, inFlight int, progress *console.Progress) *watch {
	return &watch{system: s, shop: shop, inFlight: inFlight, progress: progress, looked: make(chan struct{}), asked: make(chan struct{}, 1)}
}

// admit waits until another order may be in flight.
func (w *watch) admit(ctx context.Context) error {
	for w.inFlight > 0 {
		w.mu.Lock()
		ended, looked := w.ended, w.looked
		w.mu.Unlock()
		placed := int(w.shop.placed.Load() - w.shop.refused.Load())
		if placed-ended < w.inFlight {
			break
		}
		select {
		case w.asked <- struct{}{}:
		default: // somebody has asked
		}
		select {
		case <-looked:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// follow looks until all is placed and has ended, or ctx ends.
func (w *watch) follow(ctx context.Context, placed <-chan struct{}) error {
	tells := time.NewTicker(tellEvery)
	defer tells.Stop()
	last := told{at: time.Now()}
	for telling := false; ; {
		over := isClosed(placed)
		pending, err := w.look(ctx)
		switch {
		case err != nil:
			return errors.Join(err, w.system.died())
		case over && pending == 0:
			return nil
		case telling:
			last = w.tell(last, int64(pending))
		}
		if telling = w.rest(ctx, placed, tells.C); ctx.Err() != nil {
			return fmt.Errorf("%d orders are still pending: %w", pending, context.Cause(ctx))
		}
	}
}

// rest returns when it is time for another look, and whether for telling.
func (w *watch) rest(ctx context.Context, placed <-chan struct{}, tells <-chan time.Time) (tell bool) {
	_ = sleep(ctx, watchEvery) // or until ctx ends
	select {
	case <-w.asked:
	case <-placed:
	case <-tells:
		return true
	case <-ctx.Done():
	}
	return false
}

// told is what has been said of a phase.
type told struct {
	at              time.Time
	accepted, ended int64
}

// tell says how many orders have been accepted and ended, and how many since it
// said so before, which may be longer ago than tellEvery.
func (w *watch) tell(before told, pending int64) told {
	now := told{time.Now(), w.shop.accepted.Load(), 0}
	now.ended = now.accepted - pending
	seconds := now.at.Sub(before.at).Seconds()
	w.progress.Say("    %d orders accepted (%.0f/s), %d ended (%.0f/s), %d in flight",
		now.accepted, float64(now.accepted-before.accepted)/seconds, now.ended, float64(now.ended-before.ended)/seconds, pending)
	return now
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
	w.ended = max(w.ended, accepted-pending)
	close(w.looked)
	w.looked = make(chan struct{})
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
