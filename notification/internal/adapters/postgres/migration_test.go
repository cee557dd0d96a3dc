package postgres

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/migrations"
	"orders.internal/notification/internal/adapters/porttest"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

const dueMigration = "00004_due.sql"

// beforeDue returns a database without notifications_due, with a notification that is
// due, one that is due later, and one that was delivered.
func beforeDue(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.New(t, pgtest.Before(t, migrations.Of("notification"), dueMigration))
	pgtest.Execute(t, pool, insertOld, "due", porttest.Now, nil)
	pgtest.Execute(t, pool, insertOld, "later", porttest.Now.Add(time.Hour), nil)
	pgtest.Execute(t, pool, insertOld, "delivered", porttest.Now, porttest.Now)
	return pool
}

const insertOld = `
INSERT INTO notifications (event_id, order_id, type, customer_id, channel, body, attempts, next_attempt_at, delivered_at, created_at,
	correlation_id, causation_id, traceparent, tracestate)
VALUES ($1, $1, 'OrderConfirmed', 'c', 'email', '', 0, $2, $3, now(), '', '', '', '')`

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
	f, all := on(t, beforeDue(t)), migrations.Of("notification")
	pgtest.Migrate(t, f.pool, all)
	f.wantClaimed(t, "[due]")
	pgtest.Revert(t, f.pool, all, dueMigration)
	pgtest.Execute(t, f.pool, "UPDATE notifications SET next_attempt_at = $1 WHERE order_id = 'later'", porttest.Now)
	pgtest.Migrate(t, f.pool, all)
	f.wantClaimed(t, "[later]")
}

// What the last transaction of the version before adds is not lost.
func TestMigrationWaitsForWrites(t *testing.T) {
	f := on(t, beforeDue(t))
	pgtest.MigrateDuring(t, f.pool, migrations.Of("notification"), insertOld, "late", porttest.Now.Add(-time.Second), nil)
	f.wantClaimed(t, "[due late]")
}
