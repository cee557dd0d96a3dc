package pgtest

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// AwaitBlocked returns when a transaction of a client waits for another one, in the pool's
// database. (The server's own, such as autovacuum's, may wait, too.)
func AwaitBlocked(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	const blocked = `SELECT EXISTS (SELECT FROM pg_stat_activity
		WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock')`
	for is := false; !is; {
		if err := pool.QueryRow(t.Context(), blocked).Scan(&is); err != nil {
			t.Fatal(err)
		}
	}
}
