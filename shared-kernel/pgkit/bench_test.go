package pgkit_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/pgkit"
)

// What sharing a transaction costs each call, at a database that answers at once:
// callers wait for it, as so many handlers would.
func BenchmarkGroup(b *testing.B) {
	for _, callers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			var transactions atomic.Int64
			group := pgkit.NewGroup(promptPool(b), func(_ context.Context, _ pgx.Tx, calls []int) ([]error, error) {
				transactions.Add(1)
				return make([]error, len(calls)), nil
			})
			var next atomic.Int64
			var all sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range callers {
				all.Go(func() {
					for next.Add(1) <= int64(b.N) {
						if err := group.Do(b.Context(), 1); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/float64(transactions.Load()), "calls/transaction")
		})
	}
}

// promptPool is connected to a database in this process, which begins and commits
// transactions at once and does nothing in them.
func promptPool(b *testing.B) *pgxpool.Pool {
	b.Helper()
	config, err := pgxpool.ParseConfig("postgres://user@prompt/database?sslmode=disable")
	if err != nil {
		b.Fatal(err)
	}
	config.ConnConfig.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	config.ConnConfig.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go serve(server)
		return client, nil
	}
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return pool
}

// serve is the server's side of the protocol for statements without a result,
// until the client leaves.
// https://www.postgresql.org/docs/current/protocol-flow.html
func serve(conn net.Conn) {
	defer conn.Close()
	backend, status := pgproto3.NewBackend(conn, conn), byte('I')
	if _, err := backend.ReceiveStartupMessage(); err != nil {
		return
	}
	backend.Send(&pgproto3.AuthenticationOk{})
	for {
		backend.Send(&pgproto3.ReadyForQuery{TxStatus: status})
		if backend.Flush() != nil {
			return
		}
		message, err := backend.Receive()
		query, asked := message.(*pgproto3.Query)
		if err != nil || !asked {
			return
		}
		status = 'T'
		if query.String == "commit" {
			status = 'I'
		}
		backend.Send(&pgproto3.CommandComplete{CommandTag: []byte(query.String)})
	}
}
