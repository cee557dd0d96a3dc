// Package workkit does work that waits in a database: it claims what is due, or is
// given what was just saved as claimed, and does several pieces at a time.
package workkit

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// pollEvery finds what no signal tells of: work that was put off, and that of
	// a process that died.
	pollEvery = 250 * time.Millisecond
	// claimPause follows a claim that failed: the database is away.
	claimPause = time.Second
	// claimFor bounds a claim: only one is made at a time, and a database whose
	// machine is gone would let it wait until the kernel gives up, for a quarter
	// of an hour. What it may have claimed all the same is due when its lease ends.
	claimFor = 10 * time.Second
	// drainFor is what work in hand may still take after a stop. What needs
	// longer is due again when its lease ends.
	drainFor = 4 * time.Second
)

// Pool claims work and does it. It claims only as much as it has hands free, so
// that no lease runs while its piece waits.
type Pool[T any] struct {
	signal *Signal
	claim  func(ctx context.Context, limit int) ([]T, error)
	do     func(ctx context.Context, piece T)
	log    *slog.Logger
	free   chan struct{} // one token a free hand
	pieces chan T        // for hands that were taken

	mu     sync.Mutex
	open   bool           // hands may be taken
	inHand sync.WaitGroup // hands that aren't free
}

// NewPool returns a pool that does up to hands pieces at the same time. claim
// takes at most limit pieces that are due, with a lease; do does one of them and
// reports its own failures. A panic in do costs only its piece.
func NewPool[T any](hands int, signal *Signal, claim func(ctx context.Context, limit int) ([]T, error),
	do func(ctx context.Context, piece T), log *slog.Logger,
) *Pool[T] {
	p := &Pool[T]{signal: signal, claim: claim, do: do, log: log,
		free: make(chan struct{}, hands), pieces: make(chan T, hands)}
	for range hands {
		p.free <- struct{}{}
	}
	return p
}

// Run works until ctx ends, and then finishes what is in hand. It is called once.
func (p *Pool[T]) Run(ctx context.Context) {
	work, cancel := outlast(ctx, drainFor)
	defer cancel()
	for range cap(p.free) {
		go p.hand(work)
	}
	p.setOpen(true)
	defer p.dismiss()
	for {
		n := p.acquire(ctx)
		if n == 0 {
			return
		}
		due, err := p.claimSome(work, n)
		pause := pollEvery
		if err != nil {
			pause = claimPause
			p.log.WarnContext(work, "work waits", "error", err, "next_try_in", pause)
		}
		for _, piece := range due {
			p.Give(piece)
		}
		p.release(n - len(due))
		if len(due) == n {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
			return
		case <-p.signal.raised:
		case <-time.After(pause):
		}
	}
}

func (p *Pool[T]) setOpen(open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = open
}

// dismiss waits until every hand that was taken is free again, and lets them go.
func (p *Pool[T]) dismiss() {
	p.setOpen(false)
	p.inHand.Wait()
	close(p.pieces)
}

// hand does one piece after the other. A goroutine for each piece would let its stack
// grow anew each time: calls of the gateway and the database go deep.
func (p *Pool[T]) hand(work context.Context) {
	for piece := range p.pieces {
		p.guarded(work, piece)
		p.release(1)
	}
}

// Take takes a hand, if one is free, for a piece that the caller is about to save
// as claimed: Give it the piece afterwards, or Return it. There is none before Run
// and after its stop.
func (p *Pool[T]) Take() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open && p.takeFree()
}

// takeFree takes a hand, if one is free.
func (p *Pool[T]) takeFree() bool {
	select {
	case <-p.free:
		p.inHand.Add(1)
		return true
	default:
		return false
	}
}

// Return gives back a hand that was taken.
func (p *Pool[T]) Return() { p.release(1) }

// Give has a hand that was taken do the piece, and doesn't wait for it: there is room
// for one piece of each hand.
func (p *Pool[T]) Give(piece T) {
	p.pieces <- piece
	runtime.Gosched() // the piece goes on before its giver does what nobody waits for
}

func (p *Pool[T]) claimSome(ctx context.Context, limit int) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, claimFor)
	defer cancel()
	return p.claim(ctx, limit)
}

func (p *Pool[T]) guarded(ctx context.Context, piece T) {
	defer func() {
		if cause := recover(); cause != nil {
			p.log.ErrorContext(ctx, "panic in a piece of work, which is due again when its lease ends",
				"panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
		}
	}()
	p.do(ctx, piece)
}

// acquire waits for a free hand, and takes those that are free then, but not so many
// that none is left to Take while they look for work. It takes none once ctx has
// ended.
func (p *Pool[T]) acquire(ctx context.Context) int {
	if ctx.Err() != nil {
		return 0
	}
	select {
	case <-ctx.Done():
		return 0
	case <-p.free:
		p.inHand.Add(1)
	}
	runtime.Gosched() // hands that are just being freed, and work that is just being committed
	n := 1
	for n < cap(p.free)/4 && p.takeFree() {
		n++
	}
	return n
}

func (p *Pool[T]) release(n int) {
	for range n {
		p.free <- struct{}{}
	}
	p.inHand.Add(-n)
}

// outlast returns a context with ctx's values that ends the given time after
// ctx does.
func outlast(ctx context.Context, more time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(more, cancel) })
	return longer, cancel
}
