package pgkit

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// SilentAfter has a group take a database for silent that fails a transaction only
// after so long.
func SilentAfter(long time.Duration) GroupOption {
	return func(o *groupOptions) { o.silent = long }
}

// LockedFor bounds the search for calls whose locks somebody keeps.
func LockedFor(long time.Duration) GroupOption {
	return func(o *groupOptions) { o.locked = long }
}

// RestFor is how long a group's goroutine waits for the next call.
func RestFor(long time.Duration) GroupOption {
	return func(o *groupOptions) { o.rest = long }
}

// SetSoon is how long a call of DoSoon waits for another one from now on.
func (g *Group[T]) SetSoon(long time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.soon = long
}

// SetSleep has a group leave its gaps another way. It is called before the first Do.
func (g *Group[T]) SetSleep(sleep func(time.Duration)) { g.sleep = sleep }

// Resting tells whether a goroutine waits for the next call.
func (g *Group[T]) Resting() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.resting
}

// Waiting counts the calls that are in no transaction yet.
func (g *Group[T]) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// Working tells whether a transaction is under way, or about to be.
func (g *Group[T]) Working() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.working
}

// MigrateWatched is Migrate with less patience with a silent database.
func MigrateWatched(ctx context.Context, pool *pgxpool.Pool, files fs.FS, log *slog.Logger, every, most time.Duration) error {
	return migrate(ctx, pool, "test", files, log, watch{every: every, most: most})
}
