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
	"orders.internal/notification/internal/adapters/porttest"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

const dueMigration = "00004_due.sql"

// beforeDue returns a database without notifications_due, with a notification that is
// due, one that is due later, and one that was delivered.
func beforeDue(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.New(t, pgtest.Before(t, migrations.Of("notification"), dueMigration))
	execute(t, pool, insertOld, "due", porttest.Now, nil)
	execute(t, pool, insertOld, "later", porttest.Now.Add(time.Hour), nil)
	execute(t, pool, insertOld, "delivered", porttest.Now, porttest.Now)
	return pool
}

const insertOld = `
INSERT INTO notifications (event_id, order_id, type, customer_id, channel, body, attempts, next_attempt_at, delivered_at, created_at,
	correlation_id, causation_id, traceparent, tracestate)
VALUES ($1, $1, 'OrderConfirmed', 'c', 'email', '', 0, $2, $3, now(), '', '', '', '')`

func execute(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func migrate(t *testing.T, pool *pgxpool.Pool) error {
	return pgkit.Migrate(t.Context(), pool, "test", migrations.Of("notification"), slog.New(slog.DiscardHandler))
}

func (f fixture) wantClaimed(t *testing.T, want string) {
	t.Helper()
	wantDueAsTold(t, f.pool)
	claimed, err := f.Claim(t.Context(), porttest.Now, porttest.Now.Add(time.Minute), 9)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range claimed {
		ids = append(ids, c.Notification.Snapshot().EventID)
	}
	slices.Sort(ids)
	if got := fmt.Sprint(ids); got != want {
		t.Errorf("claimed %s, want %s", got, want)
	}
}

func TestWhatWasDueStaysDue(t *testing.T) {
	f := on(t, beforeDue(t))
	if err := migrate(t, f.pool); err != nil {
		t.Fatal(err)
	}
	f.wantClaimed(t, "[due]")
	down, err := fs.ReadFile(migrations.Of("notification"), dueMigration)
	if err != nil {
		t.Fatal(err)
	}
	execute(t, f.pool, string(down[strings.Index(string(down), "-- +goose Down"):]))
	execute(t, f.pool, "UPDATE notifications SET next_attempt_at = $1 WHERE order_id = 'later'", porttest.Now)
	execute(t, f.pool, "DELETE FROM test_migrations WHERE version_id = 4")
	if err := migrate(t, f.pool); err != nil {
		t.Fatal(err)
	}
	f.wantClaimed(t, "[later]")
}

// What the last transaction of the version before adds is not lost.
func TestMigrationWaitsForWrites(t *testing.T) {
	f := on(t, beforeDue(t))
	late, err := f.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := late.Exec(t.Context(), insertOld, "late", porttest.Now.Add(-time.Second), nil); err != nil {
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
