package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/pgkit"
)

const (
	// deleteAfter is for how long confirmed rows are gathered: nobody waits for
	// their deletion, so it is left until it pays. A row may be half of fresh old when it
	// is published, so this is much shorter than the other half.
	deleteAfter = 200 * time.Millisecond
	deleteBatch = 5000
	// mostConfirmed is how many rows wait to be deleted, at 64 bytes each. More come
	// together only while deleting fails and inserting doesn't.
	mostConfirmed = 100_000
	// deleteTimeout bounds one statement. Rows that it doesn't delete are
	// published again.
	deleteTimeout = 10 * time.Second
)

// confirmed is the rows that the broker has and the table need not keep.
type confirmed struct {
	pool *pgxpool.Pool
	log  *slog.Logger
	some chan struct{}

	flushing sync.Mutex // held by the one who deletes

	mu  sync.Mutex
	ids []string
}

func newConfirmed(pool *pgxpool.Pool, log *slog.Logger) *confirmed {
	return &confirmed{pool: pool, log: log, some: make(chan struct{}, 1)}
}

// add has the rows deleted soon. Those for which there is no room will be published again.
func (c *confirmed) add(ids []string) {
	c.mu.Lock()
	room := mostConfirmed - len(c.ids)
	c.ids = append(c.ids, ids[:min(len(ids), room)]...)
	c.mu.Unlock()
	select {
	case c.some <- struct{}{}:
	default:
	}
}

// run deletes until ctx ends; what it has in hand then has the context work. What it can't
// delete is left to whoever finds it in the table, and will be published again.
func (c *confirmed) run(ctx, work context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.some:
		}
		if !sleep(ctx, deleteAfter) {
			return
		}
		if err := c.flush(work); err != nil && ctx.Err() == nil {
			c.log.WarnContext(ctx, "published events can't be deleted and will be published again", "error", err)
		}
	}
}

// flush deletes what is confirmed so far.
func (c *confirmed) flush(ctx context.Context) error {
	c.flushing.Lock()
	defer c.flushing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, deleteTimeout)
	defer cancel()
	for {
		c.mu.Lock()
		n := min(len(c.ids), deleteBatch)
		ids := c.ids[:n:n]
		if c.ids = c.ids[n:]; len(c.ids) == 0 {
			c.ids = nil
		}
		c.mu.Unlock()
		if n == 0 {
			return nil
		}
		if _, err := c.pool.Exec(ctx, deleteMessages, ids); err != nil {
			return pgkit.Translate(fmt.Errorf("delete from outbox: %w", err))
		}
	}
}
