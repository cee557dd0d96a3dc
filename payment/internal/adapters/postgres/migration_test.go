package postgres

import (
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/migrations"
	"orders.internal/payment/internal/adapters/porttest"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

const dueMigration = "00006_due.sql"

// beforeDue returns a database without payments_due, with a payment that is due, one
// that is due later, and one that has ended.
func beforeDue(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.New(t, pgtest.Before(t, migrations.Of("payment"), dueMigration))
	execute(t, pool, insertOld, "due", "PENDING", porttest.Now)
	execute(t, pool, insertOld, "later", "PENDING", porttest.Now.Add(time.Hour))
	execute(t, pool, insertOld, "ended", "VOIDED", nil)
	return pool
}

const insertOld = `
INSERT INTO payments (order_id, customer_id, amount_minor, method, status, cancel_requested, claimed, attempts, postponed,
	next_attempt_at, created_at, updated_at, correlation_id, causation_id, traceparent, tracestate)
VALUES ($1, 'c', 100, '', $2, false, false, 0, 0, $3, now(), now(), '', '', '', '')`

func execute(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func migrate(t *testing.T, pool *pgxpool.Pool) error {
	return pgkit.Migrate(t.Context(), pool, "test", migrations.Of("payment"), slog.New(slog.DiscardHandler))
}

func (f fixture) wantClaimed(t *testing.T, want string) {
	t.Helper()
	f.wantInStep(t)
	claimed := f.store().ClaimAt(t, porttest.Now, 9)
	slices.Sort(claimed)
	if got := fmt.Sprint(claimed); got != want {
		t.Errorf("claimed %s, want %s", got, want)
	}
}

func TestWhatWasDueStaysDue(t *testing.T) {
	f := on(t, beforeDue(t))
	if err := migrate(t, f.pool); err != nil {
		t.Fatal(err)
	}
	f.wantClaimed(t, "[due]")
	down, err := fs.ReadFile(migrations.Of("payment"), dueMigration)
	if err != nil {
		t.Fatal(err)
	}
	execute(t, f.pool, string(down[strings.Index(string(down), "-- +goose Down"):]))
	execute(t, f.pool, "UPDATE payments SET next_attempt_at = $1 WHERE order_id = 'later'", porttest.Now)
	execute(t, f.pool, "DELETE FROM test_migrations WHERE version_id = 6")
	if err := migrate(t, f.pool); err != nil {
		t.Fatal(err)
	}
	f.wantClaimed(t, "[later]")
}

// What the last transaction of the version before makes due is not lost.
func TestMigrationWaitsForWrites(t *testing.T) {
	f := on(t, beforeDue(t))
	late, err := f.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := late.Exec(t.Context(), insertOld, "late", "PENDING", porttest.Now.Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	migrated := make(chan error, 1)
	go func() { migrated <- migrate(t, f.pool) }()
	pgtest.AwaitBlocked(t, f.pool)
	if err := late.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-migrated; err != nil {
		t.Fatal(err)
	}
	f.wantClaimed(t, "[due late]")
}
