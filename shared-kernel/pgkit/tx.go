package pgkit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"orders.internal/shared-kernel/errs"
)

// Tx is a transaction whose statements travel together. Each Send is one round
// trip, and the end is another: BEGIN goes with the first statement, COMMIT with
// those that were queued last.
type Tx struct {
	conn   *pgx.Conn
	queued *pgx.Batch
	begun  bool  // BEGIN is queued, or was sent
	inside bool  // the server has answered it
	failed error // what the first Send that failed returned
}

// Queue adds a statement to those that are sent next. A function that is given to
// what it returns is called when the statement has been executed.
//
// What is queued and not sent when the transaction's function returns is sent with
// COMMIT, so its results can't change what is committed: functions may only take
// note of them. If one fails, the transaction is committed all the same, and its
// error is errs.Unavailable, as when the answer to COMMIT is lost.
func (tx *Tx) Queue(sql string, arguments ...any) *pgx.QueuedQuery {
	if !tx.begun {
		tx.begun = true
		tx.queued.Queue("begin").Exec(func(pgconn.CommandTag) error {
			tx.inside = true
			return nil
		})
	}
	return tx.queued.Queue(sql, arguments...)
}

// InsertNew queues a plain INSERT of rows that the transaction has not found. When
// another one has inserted one of them meanwhile, this one is run again.
func (tx *Tx) InsertNew(sql string, arguments ...any) *Checked {
	return tx.queueChecked(sql, uniqueViolation, arguments)
}

// ExpectRows queues a statement that must find every row whose state the caller knows,
// so that it need not be read: an UPDATE, or a SELECT ... FOR UPDATE. Its first argument
// is an array with an element for each row: keys, or Rows, each of them once. It has a
// condition for all that the caller has decided by, and an UPDATE ends with RETURNING.
// When it finds fewer rows in that state, the transaction is run again. The server itself
// has to fail then, or COMMIT behind it would be executed, and a division by zero is what
// fails in plain SQL.
func (tx *Tx) ExpectRows(sql string, arguments ...any) {
	tx.queueChecked("WITH known AS ("+sql+") SELECT 1 / (count(*) = cardinality($1))::int FROM known", divisionByZero, arguments)
}

// Checked is a queued statement that fails when another transaction got in between.
// The server finds that out, because COMMIT may be on its way already.
type Checked struct {
	state string // the SQLSTATE that it fails with then
	read  func(pgx.Rows) error
}

func (tx *Tx) queueChecked(sql, state string, arguments []any) *Checked {
	c := &Checked{state: state}
	tx.Queue(sql, arguments...).Fn = c.executed
	return c
}

// Query has read called with the statement's rows, when it has been executed.
func (c *Checked) Query(read func(pgx.Rows) error) { c.read = read }

func (c *Checked) executed(results pgx.BatchResults) error {
	rows, _ := results.Query() // its error is also that of rows
	defer rows.Close()
	if c.read != nil {
		if err := c.read(rows); err != nil && rows.Err() == nil {
			return err
		}
	}
	rows.Close()
	if err := rows.Err(); hasState(err, c.state) {
		return fmt.Errorf("%w: %w", ErrRetry, err)
	}
	return rows.Err()
}

// Send sends what is queued and returns when all of it has been executed, or with
// what kept it from being so; then the transaction can't be committed any more.
// When nothing is queued it does nothing.
func (tx *Tx) Send(ctx context.Context) error {
	queued := tx.queued
	tx.queued = &pgx.Batch{}
	err := tx.conn.SendBatch(ctx, queued).Close()
	if tx.failed == nil {
		tx.failed = err
	}
	return err
}

// commit is the last Send. The server skips COMMIT when a statement before it fails.
func (tx *Tx) commit(ctx context.Context) error {
	if !tx.begun || tx.failed != nil {
		return tx.failed
	}
	tx.Queue("commit")
	err := tx.Send(ctx)
	if err != nil && tx.inside && tx.status() == outside && !errors.As(err, new(*pgconn.PgError)) {
		// What err is must not be found out: nothing may be run again.
		return errs.New(errs.Unavailable, "committed, but the results can't be read: %v", err)
	}
	return err
}

// rollbackFor bounds a rollback, which has no other deadline.
const rollbackFor = 2 * time.Second

// rollback leaves the connection as it was before the transaction. One for which
// that fails is closed by the pool.
func (tx *Tx) rollback(ctx context.Context) error {
	if s := tx.status(); s == closed || s == outside {
		return nil
	}
	// The caller's context may be what ended the transaction.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackFor)
	defer cancel()
	if _, err := tx.conn.Exec(ctx, "rollback"); err != nil {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// What status returns when the server is in no transaction, and when the
// connection has ended; it returns others while the server is in one.
const (
	outside = 'I'
	closed  = 0
)

func (tx *Tx) status() byte {
	if tx.conn.IsClosed() {
		return closed
	}
	return tx.conn.PgConn().TxStatus()
}
