package pgkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/errs"
)

const (
	// defaultMost is how many calls share one transaction at most.
	defaultMost = 256
	// silentAfter tells an outage that shows at once, such as a refused connection,
	// from a database that doesn't answer.
	silentAfter = time.Second
	// lockedFor bounds the search for the calls of a transaction whose locks somebody
	// keeps. It may be all of them.
	lockedFor = lockTimeout
	// restFor is how long a goroutine that has run transactions waits for the next call.
	// A new one has a small stack, and copies it several times on its way down to the
	// socket: a twelfth of what a service does while there is little to do.
	restFor = 10 * time.Second
	// soon is how long a call of DoSoon waits for another call.
	soon = 20 * time.Millisecond
	// vainFor is how long none waits after one has waited in vain: where no other call is
	// to be expected, one in a second finds out.
	vainFor = time.Second
)

// searchLocks has a transaction of that search wait for a lock only for as long as a working
// transaction may hold one.
const searchLocks = "SET LOCAL lock_timeout = '100ms'"

// GroupOption changes a default of a group.
type GroupOption func(*groupOptions)

type groupOptions struct {
	most   int
	silent time.Duration
	locked time.Duration
	rest   time.Duration
}

// AtMost bounds how many calls share one transaction; 0 stands for 256, which is the
// default. More of them cost less each, and hold their locks for longer.
func AtMost(calls int) GroupOption {
	return func(o *groupOptions) { o.most = cmp.Or(calls, defaultMost) }
}

// Group lets concurrent calls share transactions (group commit): whatever
// arrived while the last transaction was committing goes into the next one. An
// idle system waits for nothing (but see DoSoon), and a loaded one pays one commit for
// many calls, with a gap of 5 ms at most between large transactions.
//
// When somebody keeps a lock for seconds, the calls that need it fail with
// errs.Unavailable, and the others don't, but wait as long. So that they do it once, and not
// each time such a call is retried, there is KeyedBy.
//
// While the database doesn't answer, each transaction takes seconds to fail. Then
// only one call at a time finds out whether it answers again, and the others fail
// at once: they would wait as long, and more of them all the time.
type Group[T any] struct {
	pool        *pgxpool.Pool
	run         Run[T]
	committed   func(operations []T) // nil: nobody wants to know
	key         func(T) any          // nil: no call is known when it comes again
	most        int                  // calls in one transaction
	silentAfter time.Duration        // of waiting in vain
	lockedFor   time.Duration
	restFor     time.Duration
	soon        time.Duration
	sleep       func(time.Duration)

	mu      sync.Mutex
	waiting []*call[T]
	later   *time.Timer   // of the one call that waits for another while nobody works; nil: none does
	vain    time.Time     // when one did so in vain, the last time
	working bool          // a transaction is under way, or about to be
	resting bool          // a goroutine waits for wake
	wake    chan struct{} // never blocks
	silent  error         // of the last transaction; nil: the database answers

	// The next two belong to the goroutine that works.
	kept      map[any]bool // keys of calls that could not have a lock
	keptUntil time.Time
}

// Run does the operations of one transaction, in their order. outcomes[i] is
// what becomes of operation i alone: one that fails there must have left no
// trace in the transaction. err fails the transaction and is put down to one of
// the operations: it is rolled back and they are run again in halves, until the
// one at fault stands alone. Run has no effect outside the transaction, except that what
// was believed may be forgotten, which costs no more than a look. What it leaves queued is
// sent with COMMIT.
type Run[T any] func(ctx context.Context, tx *Tx, operations []T) (outcomes []error, err error)

// NewGroup returns a group that runs its operations with run.
func NewGroup[T any](pool *pgxpool.Pool, run Run[T], options ...GroupOption) *Group[T] {
	o := groupOptions{most: defaultMost, silent: silentAfter, locked: lockedFor, rest: restFor}
	for _, option := range options {
		option(&o)
	}
	return &Group[T]{pool: pool, run: run, wake: make(chan struct{}, 1), most: o.most, silentAfter: o.silent, lockedFor: o.locked, restFor: o.rest, soon: soon, sleep: time.Sleep, kept: map[any]bool{}}
}

// OnCommit has committed called with the operations of each transaction when it is
// committed, those that failed alone left out, before their callers hear of it: what
// comes next of an operation should not wait until they have logged and answered. It is called
// with none where all failed alone, too: what they have read is known by then.
// committed must not block. It is set before the first Do.
func (g *Group[T]) OnCommit(committed func(operations []T)) { g.committed = committed }

// call is an operation that somebody waits for.
type call[T any] struct {
	ctx       context.Context
	operation T
	done      chan error // gets exactly one outcome, and never blocks
}

// Do returns when the operation's transaction is committed, or with what kept
// it from being so. When ctx ends before that, the operation may or may not be
// committed yet, as after any outage. A panic of the operation is the caller's.
// While the database is silent, Do may fail at once, with errs.Unavailable.
func (g *Group[T]) Do(ctx context.Context, operation T) error {
	return g.do(ctx, operation, g.begin)
}

// DoSoon is Do for an operation that no customer waits for: its transaction begins with the
// next call, or after 20 ms without one. By itself it would take the processors and the
// disk from those who work on the same order, and are waited for.
//
// When a call has waited in vain, the others don't wait for a second, nor do they while the
// database is silent. So a caller who does one operation after the other is held up once a second.
func (g *Group[T]) DoSoon(ctx context.Context, operation T) error {
	return g.do(ctx, operation, g.beginSoon)
}

func (g *Group[T]) do(ctx context.Context, operation T, begin func()) error {
	c := &call[T]{ctx: ctx, operation: operation, done: make(chan error, 1)}
	g.mu.Lock()
	if g.silent != nil && g.working {
		defer g.mu.Unlock()
		return g.silent
	}
	g.waiting = append(g.waiting, c)
	begin()
	g.mu.Unlock()
	select {
	case err := <-c.done:
		if p, ok := err.(*panicked); ok { //nolint:errorlint // ours, as it was made
			panic(p) // in the goroutine whose operation it was
		}
		return err
	case <-ctx.Done():
		return Translate(ctx.Err())
	}
}

// begin has somebody work. It is called with mu held, as is beginSoon.
func (g *Group[T]) begin() {
	if g.later != nil {
		g.later.Stop()
		g.later = nil
	}
	if g.working {
		return
	}
	g.working = true
	if !g.resting {
		go g.work()
		return
	}
	g.resting = false
	g.wake <- struct{}{}
}

func (g *Group[T]) beginSoon() {
	if g.working || len(g.waiting) > 1 || g.silent != nil || time.Since(g.vain) < vainFor {
		g.begin()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(g.soon, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.later != timer {
			return // another call was in time
		}
		g.vain = time.Now()
		g.begin()
	})
	g.later = timer
}

// work runs transactions until nobody has called for a while.
func (g *Group[T]) work() {
	var last transaction
	for {
		if gap := last.gap(g.gather()); gap > 0 {
			g.sleep(gap)
			g.gather()
		}
		last = transaction{}
		calls := g.take()
		if len(calls) == 0 {
			if !g.rest() {
				return
			}
			continue
		}
		if wanted := stillWanted(calls); len(wanted) > 0 {
			began := time.Now()
			outage := g.turn(wanted)
			took := time.Since(began)
			g.heard(outage, took)
			if outage == nil {
				last = transaction{len(wanted), took}
			}
		}
	}
}

// take returns the calls of the next transaction. When there is none, it is time to rest.
func (g *Group[T]) take() []*call[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), g.most)
	calls := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.working, g.resting = n > 0, n == 0
	return calls
}

// rest returns true when there is something to do again.
func (g *Group[T]) rest() bool {
	select {
	case <-g.wake:
		return true
	case <-time.After(g.restFor):
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.resting {
		g.resting = false
		return false
	}
	<-g.wake // it came just now
	return true
}

// heard notes whether the database has answered a transaction. When it has not,
// those who have come meanwhile fail with it.
func (g *Group[T]) heard(outage error, took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if outage == nil || took < g.silentAfter || errors.As(outage, new(*pgconn.PgError)) {
		g.silent = nil
		return
	}
	g.silent = g.fail(g.waiting, outage)
	g.waiting = nil
}

// stillWanted leaves out calls whose caller has gone.
func stillWanted[T any](calls []*call[T]) []*call[T] {
	wanted := calls[:0]
	for _, c := range calls {
		if c.ctx.Err() == nil {
			wanted = append(wanted, c)
		}
	}
	return wanted
}

// search looks for the calls that need a lock which somebody keeps.
type search struct {
	found error     // what said that there is one; nil: nothing yet
	until time.Time // the rest is taken for such calls, too
}

// execute returns the outage that ended the last of its transactions, if one did.
func (g *Group[T]) execute(calls []*call[T], s *search) (outage error) {
	if s != nil && s.found != nil && time.Now().After(s.until) {
		return g.fail(calls, s.found)
	}
	outcomes, err := g.transact(calls, s != nil)
	locked := hasState(err, lockNotAvailable)
	if locked {
		if s == nil {
			s = &search{until: time.Now().Add(g.lockedFor)}
		}
		s.found = err
	}
	switch {
	case err == nil:
		g.heard(nil, 0) // before its callers call again: they would be told of the silence that is over
		g.forget(calls)
		g.report(calls, outcomes)
		for i, c := range calls {
			c.done <- outcomes[i]
		}
	case locked && len(calls) > 1:
		return g.halve(calls, s)
	case errs.Is(err, errs.Unavailable):
		return g.fail(calls, err)
	case len(calls) == 1:
		g.forget(calls)
		calls[0].done <- err
	default:
		return g.halve(calls, s)
	}
	return nil
}

// report tells of the operations that have come to pass.
func (g *Group[T]) report(calls []*call[T], outcomes []error) {
	if g.committed == nil {
		return
	}
	operations := make([]T, 0, len(calls))
	for i, c := range calls {
		if outcomes[i] == nil {
			operations = append(operations, c.operation)
		}
	}
	g.committed(operations)
	runtime.Gosched() // whoever that has woken goes first
}

func (g *Group[T]) halve(calls []*call[T], s *search) (outage error) {
	return g.split(calls, (len(calls)+1)/2, s)
}

// split executes so many calls at a time. An outage that is not somebody's lock ends it: each
// transaction might wait for it once more.
func (g *Group[T]) split(calls []*call[T], size int, s *search) (outage error) {
	for part := range slices.Chunk(calls, size) {
		if outage != nil && !hasState(outage, lockNotAvailable) {
			_ = g.fail(part, outage)
			continue
		}
		outage = g.execute(part, s) // its callers know
	}
	return outage
}

// fail ends the calls with the outage, and returns it.
func (g *Group[T]) fail(calls []*call[T], outage error) error {
	if hasState(outage, lockNotAvailable) {
		g.remember(calls)
	}
	for _, c := range calls {
		c.done <- outage
	}
	return outage
}

// panicked is a panic of an operation on its way to its caller.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("%v\n%s", p.value, p.stack) }

func (g *Group[T]) transact(calls []*call[T], searching bool) (outcomes []error, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value, debug.Stack()}
		}
	}()
	operations := make([]T, len(calls))
	for i, c := range calls {
		operations[i] = c.operation
	}
	// The transaction is nobody's alone, so it ends with no caller's context.
	err = InTx(context.Background(), g.pool, func(ctx context.Context, tx *Tx) (err error) {
		if searching {
			tx.Queue(searchLocks)
		}
		outcomes, err = g.run(ctx, tx, operations)
		return err
	})
	return outcomes, err
}
