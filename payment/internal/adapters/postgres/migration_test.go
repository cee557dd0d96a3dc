package postgres

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/migrations"
	"orders.internal/payment/internal/adapters/porttest"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

const dueMigration = "00006_due.sql"

// beforeDue returns a database without payments_due, with a payment that is due, one
// that is due later, and one that has ended.
func beforeDue(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.New(t, pgtest.Before(t, migrations.Of("payment"), dueMigration))
	pgtest.Execute(t, pool, insertOld, "due", "PENDING", porttest.Now)
	pgtest.Execute(t, pool, insertOld, "later", "PENDING", porttest.Now.Add(time.Hour))
	pgtest.Execute(t, pool, insertOld, "ended", "VOIDED", nil)
	return pool
}

const insertOld = `
INSERT INTO payments (order_id, customer_id, amount_minor, method, status, cancel_requested, claimed, attempts, postponed,
	next_attempt_at, created_at, updated_at, correlation_id, causation_id, traceparent, tracestate)
VALUES ($1, 'c', 100, '', $2, false, false, 0, 0, $3, now(), now(), '', '', '', '')`

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
	f, all := on(t, beforeDue(t)), migrations.Of("payment")
	pgtest.Migrate(t, f.pool, all)
	f.wantClaimed(t, "[due]")
	pgtest.Revert(t, f.pool, all, dueMigration)
	pgtest.Execute(t, f.pool, "UPDATE payments SET next_attempt_at = $1 WHERE order_id = 'later'", porttest.Now)
	pgtest.Migrate(t, f.pool, all)
	f.wantClaimed(t, "[later]")
}

// What the last transaction of the version before makes due is not lost.
func TestMigrationWaitsForWrites(t *testing.T) {
	f := on(t, beforeDue(t))
	pgtest.MigrateDuring(t, f.pool, migrations.Of("payment"), insertOld, "late", "PENDING", porttest.Now.Add(-time.Second))
	f.wantClaimed(t, "[due late]")
}
