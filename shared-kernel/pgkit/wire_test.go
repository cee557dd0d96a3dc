package pgkit_test

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/pgkit/pgtest"
)

// wire is what the connections of a pool go over.
type wire struct {
	sent atomic.Int32 // how often something was sent, and so the round trips
	last atomic.Int32 // what is sent when sent has reached this is the last; the answer is lost. 0: never
}

// newWire returns a database with the table counters and a pool of one connection
// to it.
func newWire(t *testing.T) (*wire, *pgxpool.Pool) {
	t.Helper()
	w := &wire{}
	return w, pgtest.Like(t, pgtest.New(t, counters), func(c *pgxpool.Config) {
		c.MaxConns = 1
		dial := c.ConnConfig.DialFunc
		c.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			return wired{conn, w}, err
		}
	})
}

// roundTrips returns how many do takes.
func (w *wire) roundTrips(do func()) int {
	before := w.sent.Load()
	do()
	return int(w.sent.Load() - before)
}

// loseAnswer has the connection end after the given number of round trips from now
// on: the server does what the last one asks for, and its answer doesn't arrive.
func (w *wire) loseAnswer(trips int32) { w.last.Store(w.sent.Load() + trips) }

type wired struct {
	net.Conn
	*wire
}

func (w wired) Write(b []byte) (int, error) {
	w.sent.Add(1)
	return w.Conn.Write(b)
}

func (w wired) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if err == nil && w.sent.Load() == w.last.Load() {
		w.last.Store(0)
		_ = w.Conn.Close()
		return 0, io.EOF
	}
	return n, err
}
