package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/pgkit"
)

const (
	// vacuumAfter is how many rows are deleted between one vacuum and the next.
	vacuumAfter = 5000
	// vacuumRest is for how many times as long as a vacuum took none follows. Rows that an old
	// transaction might still read can't be cleared away, and each vacuum looks at them again.
	vacuumRest = 20
	// vacuumTimeout bounds one of them. What it has not cleared away is left to the next.
	vacuumTimeout = time.Minute
)

// vacuum has PostgreSQL put new rows where deleted ones were. Autovacuum looks at a database
// once a minute (autovacuum_naptime), and a minute of rows is a table of its own.
type vacuum struct {
	log     *slog.Logger
	clear   func(context.Context) error
	deleted atomic.Int64 // rows, since the last one began
	due     chan struct{}
}

func newVacuum(pool *pgxpool.Pool, log *slog.Logger) *vacuum {
	clear := func(ctx context.Context) error { return clearOutbox(ctx, pool) }
	return &vacuum{log: log, clear: clear, due: make(chan struct{}, 1)}
}

// count has the table vacuumed soon if enough rows were deleted.
func (v *vacuum) count(deleted int) {
	if v.deleted.Add(int64(deleted)) < vacuumAfter {
		return
	}
	select {
	case v.due <- struct{}{}:
	default: // it is told already
	}
}

// run vacuums whenever it is due, until ctx ends.
func (v *vacuum) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.due:
		}
		v.deleted.Store(0)
		began := time.Now()
		if err := v.clear(ctx); err != nil && ctx.Err() == nil {
			v.log.WarnContext(ctx, "the outbox can't be vacuumed, and grows meanwhile", "error", err)
		}
		if !sleep(ctx, vacuumRest*time.Since(began)) {
			return
		}
	}
}

// clearOutbox leaves the table its pages, which are needed again, and does nothing while
// another relay or autovacuum does the same.
func clearOutbox(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithTimeout(ctx, vacuumTimeout)
	defer cancel()
	if _, err := pool.Exec(ctx, `VACUUM (TRUNCATE off, SKIP_LOCKED) outbox`); err != nil {
		return pgkit.Translate(fmt.Errorf("vacuum outbox: %w", err))
	}
	return nil
}
