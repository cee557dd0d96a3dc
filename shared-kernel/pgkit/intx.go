package pgkit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// txTimeout bounds a transaction with its retries, so that a database that
	// accepts packets and never answers is noticed.
	txTimeout  = 10 * time.Second // less than idleInTransaction
	txAttempts = 10
	firstPause = 2 * time.Millisecond
)

// ErrRetry asks InTx to roll back and run the transaction again, because
// another one got in between: the row that wasn't there a moment ago now is.
var ErrRetry = errors.New("lost a race against another transaction")

// InTx runs do in a transaction at READ COMMITTED and commits when it returns
// nil. It runs do again, at most ten times, after ErrRetry, a serialization
// failure or a deadlock: do must have no effect outside the transaction. do's
// context ends after ten seconds; its statements need it, because nothing else
// ends the wait for a server that has gone silent.
// Outages come back with the code errs.Unavailable; then the transaction may or
// may not have been committed, because the answer to COMMIT can be lost.
func InTx(ctx context.Context, pool *pgxpool.Pool, do func(context.Context, *Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, txTimeout)
	defer cancel()
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := runOnce(ctx, pool, do)
		if err == nil || !isRetryable(err) || attempt == txAttempts {
			return Translate(err)
		}
		select {
		case <-ctx.Done():
			return Translate(err)
		case <-time.After(pause + rand.N(pause)):
			pause *= 2
		}
	}
}

func runOnce(ctx context.Context, pool *pgxpool.Pool, do func(context.Context, *Tx) error) (err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Release()
	tx := &Tx{conn: conn.Conn(), queued: &pgx.Batch{}}
	committed := false
	defer func() {
		if !committed { // also when do panics: others may wait for its locks
			err = errors.Join(err, tx.rollback(ctx))
		}
	}()
	if err := do(ctx, tx); err != nil {
		return err
	}
	if err := tx.commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	return nil
}
