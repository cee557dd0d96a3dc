package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/rabbitkit"
)

const (
	// defaultBatch is how many messages are published before their confirmations are
	// waited for, unless it is said otherwise.
	defaultBatch = 500
	// pollEvery finds what nobody handed over: rows of a process that died between
	// its commit and the broker's confirmation, and those of one that gave up.
	pollEvery = 500 * time.Millisecond
	// fresh is how long a row is left to the process that has inserted it.
	fresh = time.Second
	// mostHanded and mostHandedBytes bound the messages that wait in memory, and their
	// bodies, beside the batch that is published. More wait in the table.
	mostHanded      = 2000
	mostHandedBytes = 16 << 20

	// askFor bounds the question whether anything is left: a database that never answers
	// would make it the last one. Nothing is published meanwhile, so it is shorter than what
	// is handed over may wait.
	askFor = fresh / 5

	firstPause = 100 * time.Millisecond
	lastPause  = time.Second

	// finishFor is what a batch in hand may still take after the end. One that is
	// cut off is published again.
	finishFor = 2 * time.Second
)

// Publisher hands messages to the broker. It returns one result for each, nil
// only for those that the broker has confirmed, and never waits for ever.
type Publisher interface {
	Publish(ctx context.Context, batch []rabbitkit.Message) []error
}

// Relay publishes what stands in the outbox and deletes what was confirmed.
// Several relays may work on one table.
//
// As long as all goes well it publishes messages that were handed over after their
// commit, and never reads the table for them. Whatever goes wrong, it
// forgets them, and reads the table until nothing waits there any more. A claim
// then is a row lock held until the confirmations are there: it needs no lease to
// tune, and it is gone the moment its process is. What is confirmed but not yet
// deleted when a process dies is published again, under the same id.
type Relay struct {
	pool      *pgxpool.Pool
	publisher Publisher
	log       *slog.Logger
	batch     int           // messages that are published together
	limit     time.Duration // of the question whether anything is left
	work      chan struct{} // there is something to do
	confirmed *confirmed

	unanswered int // looks in a row; Run's own

	mu     sync.Mutex
	handed []handed
	size   int  // of their bodies, in bytes
	behind bool // messages wait in the table that nobody has in memory
}

// handed is a message that is committed, and since when.
type handed struct {
	message Message
	since   time.Time
}

// RelayOption changes what NewRelay does by itself.
type RelayOption func(*Relay)

// PublishAtMost has no more than so many messages published before the confirmations
// are waited for. It is 500 otherwise, and for 0.
func PublishAtMost(messages int) RelayOption {
	return func(r *Relay) { r.batch = cmp.Or(messages, defaultBatch) }
}

// NewRelay returns a relay that does nothing until it is run. Whatever is in the
// table by then it publishes first.
func NewRelay(pool *pgxpool.Pool, publisher Publisher, log *slog.Logger, options ...RelayOption) *Relay {
	r := &Relay{
		pool: pool, publisher: publisher, log: log, behind: true, batch: defaultBatch,
		limit: askFor, work: make(chan struct{}, 1), confirmed: newConfirmed(pool, log),
	}
	for _, option := range options {
		option(r)
	}
	return r
}

// Hand gives the relay messages whose transaction is committed. It never blocks.
func (r *Relay) Hand(messages []Message) {
	if len(messages) == 0 {
		return
	}
	r.keep(messages)
	select {
	case r.work <- struct{}{}:
	default: // it is told already
	}
}

// keep keeps messages in memory unless they are too many, or others wait in the table.
func (r *Relay) keep(messages []Message) {
	since, size := time.Now(), 0
	for _, m := range messages {
		size += len(m.Body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.handed)+len(messages) > mostHanded || r.size+size > mostHandedBytes {
		r.leaveToTable()
	}
	if r.behind {
		return
	}
	r.size += size
	for _, m := range messages {
		r.handed = append(r.handed, handed{m, since})
	}
}

// leaveToTable forgets what was handed over. It needs the lock.
func (r *Relay) leaveToTable() { r.behind, r.handed, r.size = true, nil, 0 }

// Run publishes until ctx ends, and then finishes the batch that it has in hand,
// if that takes no longer than two seconds.
// While the database or the broker is away it tries again, with pauses that grow
// to one second, for as long as it takes.
func (r *Relay) Run(ctx context.Context) {
	work, cancel := outlast(ctx, finishFor)
	defer cancel()
	var deleting sync.WaitGroup
	defer deleting.Wait()
	deleting.Go(func() { r.confirmed.run(ctx, work) })
	polls := time.NewTicker(pollEvery)
	defer polls.Stop()
	pause, failures := firstPause, 0
	for ctx.Err() == nil {
		if err := r.publish(ctx, work, polls.C); err != nil {
			if failures++; failures&(failures-1) == 0 { // the 1st, 2nd, 4th, 8th...: outages may last for days
				r.log.WarnContext(ctx, "outbox relay waits", "error", err, "failures", failures)
			}
			sleep(ctx, pause)
			pause = min(2*pause, lastPause)
			continue
		}
		pause, failures = firstPause, 0
		select {
		case <-ctx.Done():
		case <-r.work:
		case <-polls.C:
			r.look(work)
		}
	}
}

// look looks for rows that somebody else has left behind.
func (r *Relay) look(ctx context.Context) {
	before := time.Now().Add(-fresh)
	switch left, err := r.anyLeft(ctx, before); {
	case err != nil:
		r.log.DebugContext(ctx, "outbox not looked into", "error", err)
		if r.unanswered++; r.unanswered > 1 { // not by chance: the table is read, which may take longer
			r.setBehind(true)
		}
		return
	case left:
		if more, err := r.publishLeft(ctx, before); more || err != nil {
			r.setBehind(true)
		}
	}
	r.unanswered = 0
}

// anyLeft tells whether rows are old enough for others than their process.
func (r *Relay) anyLeft(ctx context.Context, before time.Time) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	return hasRows(ctx, r.pool, before)
}

// publishLeft publishes a batch of rows that are old enough, and reports whether there may be
// more. Before that those are deleted that the broker has from this relay: they are old enough,
// too, when it took long to confirm them.
func (r *Relay) publishLeft(ctx context.Context, before time.Time) (more bool, err error) {
	if err := r.confirmed.flush(ctx); err != nil {
		return false, err
	}
	return r.publishRows(ctx, before)
}

// publish publishes until nothing is left that it knows of, or running ends. A
// batch has the context work. When a poll is due it looks for rows of others, too: under load
// there may always be something handed over.
func (r *Relay) publish(running, work context.Context, polls <-chan time.Time) error {
	for running.Err() == nil {
		batch, behind := r.next()
		if len(batch) == 0 && !behind {
			return nil
		}
		if err := r.publishBatch(work, batch, behind); err != nil {
			return err
		}
		if behind {
			continue // these were of others, too
		}
		select {
		case <-polls:
			r.look(work)
		default:
		}
	}
	return nil
}

func (r *Relay) publishBatch(ctx context.Context, batch []Message, behind bool) error {
	if behind {
		return r.catchUp(ctx)
	}
	ids, err := r.send(ctx, batch)
	r.confirmed.add(ids)
	if err != nil {
		r.setBehind(true)
	}
	return err
}

// next returns what is to be published from memory. Messages that have waited
// for so long that others may take them from the table are left there.
func (r *Relay) next() (batch []Message, behind bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.handed) > 0 && time.Since(r.handed[0].since) > fresh/2 {
		r.leaveToTable()
	}
	n := min(len(r.handed), r.batch)
	for _, h := range r.handed[:n] {
		batch = append(batch, h.message)
		r.size -= len(h.message.Body)
	}
	clear(r.handed[:n]) // or their bodies would stay as long as those behind them
	if r.handed = r.handed[n:]; len(r.handed) == 0 {
		r.handed = nil
	}
	return batch, r.behind
}

// catchUp publishes a batch of what stands in the table and nobody else holds,
// whatever its age. When that is all, the relay is no longer behind.
func (r *Relay) catchUp(ctx context.Context) error {
	if err := r.confirmed.flush(ctx); err != nil {
		return err
	}
	r.setBehind(false) // before the look, which may miss what is handed over from now on
	more, err := r.publishRows(ctx, time.Time{})
	if more || err != nil {
		r.setBehind(true)
	}
	return err
}

func (r *Relay) setBehind(behind bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if behind {
		r.leaveToTable()
		return
	}
	r.behind = false
}

func (r *Relay) isBehind() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.behind
}

// publishRows publishes a batch of rows from before the given time, of any when
// it is zero. It reports whether there may be more.
func (r *Relay) publishRows(ctx context.Context, before time.Time) (more bool, err error) {
	var refused error
	err = pgkit.InTx(ctx, r.pool, func(ctx context.Context, tx *pgkit.Tx) error {
		batch, err := claim(ctx, tx, before, r.batch)
		if err != nil || len(batch) == 0 {
			more = false
			return err
		}
		more = len(batch) == r.batch
		var ids []string
		ids, refused = r.send(ctx, batch)
		if len(ids) == 0 {
			return nil
		}
		r.forget(ids)
		tx.Queue(deleteMessages, ids)
		return nil
	})
	return more, errors.Join(err, refused)
}

// forget drops messages that were found in the table from those handed over.
func (r *Relay) forget(ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.handed) == 0 {
		return
	}
	found := make(map[string]bool, len(ids))
	for _, id := range ids {
		found[id] = true
	}
	r.handed = slices.DeleteFunc(r.handed, func(h handed) bool {
		if !found[h.message.EventID] {
			return false
		}
		r.size -= len(h.message.Body)
		return true
	})
}

// send returns the ids of the messages that the broker has taken, and why it
// didn't take the others.
func (r *Relay) send(ctx context.Context, batch []Message) (ids []string, err error) {
	messages := make([]rabbitkit.Message, len(batch))
	for i, m := range batch {
		messages[i] = toBroker(m)
	}
	failed := 0
	for i, result := range r.publisher.Publish(ctx, messages) {
		if result != nil {
			failed++
			err = result
			continue
		}
		ids = append(ids, batch[i].EventID)
	}
	if failed > 0 {
		err = fmt.Errorf("%d of %d messages not confirmed, the last because: %w", failed, len(batch), err)
	}
	return ids, err
}

// outlast returns a context with ctx's values that ends the given time after
// ctx does.
func outlast(ctx context.Context, more time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(more, cancel) })
	return longer, cancel
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
