package pgkit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/errs"
)

// watch bounds something that may take as long as it needs, and would wait for
// ever when the database falls silent in the middle.
type watch struct {
	every time.Duration // between two questions
	most  time.Duration // that the database may leave them without an answer
}

var migrationWatch = watch{every: 5 * time.Second, most: 30 * time.Second}

// over asks the database, over other connections, whether it still answers. The
// context that it returns ends when it doesn't, with a cause that is
// errs.Unavailable, and with stop.
func (w watch) over(ctx context.Context, pool *pgxpool.Pool) (watched context.Context, stop func()) {
	watched, end := context.WithCancelCause(ctx)
	go func() {
		answered := time.Now()
		tick := time.NewTicker(w.every)
		defer tick.Stop()
		for {
			select {
			case <-watched.Done():
				return
			case <-tick.C:
			}
			if w.answers(watched, pool.Config().ConnConfig) {
				answered = time.Now()
			} else if silent := time.Since(answered); silent >= w.most {
				end(errs.New(errs.Unavailable, "the database has not answered for %s", silent.Round(time.Second)))
			}
		}
	}()
	return watched, func() { end(nil) }
}

// answers connects anew: those of the pool may all be in use. To refuse is an
// answer, too.
func (w watch) answers(ctx context.Context, config *pgx.ConnConfig) bool {
	ctx, cancel := context.WithTimeout(ctx, w.every)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return errors.As(err, new(*pgconn.PgError))
	}
	_ = conn.Close(ctx) // it has answered
	return true
}

// because returns why the context has ended, with what came of it; err when it
// hasn't.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && cause != ctx.Err() { //nolint:errorlint // the very same
		return fmt.Errorf("%w (%w)", cause, err)
	}
	return err
}
