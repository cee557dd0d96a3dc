package pgtest

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// AwaitBlocked returns when a transaction of the pool's database waits for another one.
func AwaitBlocked(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	const blocked = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
	for is := false; !is; {
		if err := pool.QueryRow(t.Context(), blocked).Scan(&is); err != nil {
			t.Fatal(err)
		}
	}
}
