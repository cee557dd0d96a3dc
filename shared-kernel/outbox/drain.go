package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// errHeld is why a drain goes on although there is nothing for it to publish.
var errHeld = errors.New("another transaction holds events")

// Drain publishes until nothing is left in the outbox of what stood there when it
// began, or ctx ends: the last thing a service does before it leaves, after Run.
// What it doesn't get to stays for the next start. It waits for rows that another
// transaction holds: they are about to be published, or whoever held them is gone
// and the database is about to notice.
func (r *Relay) Drain(ctx context.Context) error {
	begun := time.Now()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := r.catchUp(ctx)
		if err == nil && r.isBehind() {
			pause = firstPause
			continue
		}
		if err == nil {
			err = noneBefore(ctx, r.pool, begun)
		}
		if err == nil || !sleep(ctx, pause) {
			return err
		}
	}
}

// noneBefore returns nil when no row is left from before the given time, and
// errHeld when one is.
func noneBefore(ctx context.Context, pool *pgxpool.Pool, at time.Time) error {
	left, err := hasRows(ctx, pool, at)
	if err == nil && left {
		err = errHeld
	}
	return err
}
