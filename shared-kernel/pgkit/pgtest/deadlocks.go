package pgtest

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Deadlocks returns how many there were in a database whose only users are the pools,
// which nobody uses now.
func Deadlocks(t *testing.T, pools ...*pgxpool.Pool) (n int) {
	t.Helper()
	const tell, told = "SELECT pg_stat_force_next_flush()",
		"SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
	for _, pool := range pools {
		for _, conn := range pool.AcquireAllIdle(t.Context()) {
			// A connection keeps for itself what it has counted, until it is idle for long.
			_, err := conn.Exec(t.Context(), tell)
			conn.Release()
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := pools[0].QueryRow(t.Context(), told).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
