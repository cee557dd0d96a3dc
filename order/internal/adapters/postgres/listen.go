package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	listenPause   = time.Second // before another connection is tried
	closeListener = time.Second
)

// Listen calls changed after every transaction, of any replica, that has added
// to the journal, and whenever it may have missed some. It has a connection of
// its own and does without one, trying again, while the database is away. It
// returns when ctx ends.
func (j *Journal) Listen(ctx context.Context, changed func()) {
	for failures := 1; ; failures++ {
		err := j.listen(ctx, changed)
		if ctx.Err() != nil {
			return
		}
		if failures&(failures-1) == 0 { // the 1st, 2nd, 4th, 8th...: outages may last for days
			j.log.WarnContext(ctx, "not told of changes until the database answers", "error", err, "failures", failures)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(listenPause):
		}
	}
}

// listen returns when its connection ends.
func (j *Journal) listen(ctx context.Context, changed func()) error {
	conn, err := pgx.ConnectConfig(ctx, j.pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeListener)
		defer cancel()
		_ = conn.Close(ctx) // it was only read from
	}()
	if _, err := conn.Exec(ctx, "LISTEN timeline"); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		changed() // at first for what nobody has told of before
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return fmt.Errorf("wait for a notification: %w", err)
		}
	}
}
