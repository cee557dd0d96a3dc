package pgkit

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"orders.internal/shared-kernel/errs"
)

// SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html)
// that pgkit decides on.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	uniqueViolation      = "23505"
	lockNotAvailable     = "55P03"
	divisionByZero       = "22012"
)

// unavailableStates are the SQLSTATEs, or classes of them, after which the same
// statement may succeed later although nothing about it has changed.
var unavailableStates = []string{
	serializationFailure, deadlockDetected, // still failing after InTx's retries
	"08",             // connection exception
	"53",             // insufficient resources: connections, memory, disk
	"57P",            // shutdown, crash, starting up
	"57014",          // statement cancelled by a timeout
	"58",             // system error outside PostgreSQL: I/O
	lockNotAvailable, // within lock_timeout
	"25P03",          // idle_in_transaction_session_timeout
	"25006",          // read-only: a standby that hasn't been promoted yet
	"28",             // refused at log-in, 3D: no such database. Both are what a server
	"3D",             // answers whose first start hasn't made users and databases yet.
}

// Translate gives the errors of an outage the code errs.Unavailable, and leaves
// every other error, nil and the end of the caller's own context as they are.
func Translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var coded *errs.Error
	if errors.As(err, &coded) {
		return err
	}
	if isOutage(err) {
		return errs.Wrap(errs.Unavailable, err, "the database is not available")
	}
	return err
}

func isOutage(err error) bool {
	if answered := new(pgconn.PgError); errors.As(err, &answered) {
		for _, state := range unavailableStates {
			if strings.HasPrefix(answered.Code, state) {
				return true
			}
		}
		return false
	}
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, pgconn.ErrConnClosed) || pgconn.SafeToRetry(err) ||
		strings.Contains(err.Error(), "closed pool") // puddle's, with no type of its own
}

// isRetryable reports whether a transaction that failed with err may simply be
// run again.
func isRetryable(err error) bool {
	return errors.Is(err, ErrRetry) || hasState(err, serializationFailure) || hasState(err, deadlockDetected)
}

func hasState(err error, state string) bool {
	answered := new(pgconn.PgError)
	return errors.As(err, &answered) && answered.Code == state
}
