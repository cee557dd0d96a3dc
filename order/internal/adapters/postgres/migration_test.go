package postgres

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"orders.internal/migrations"
	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// The previous version of the service goes on inserting while, and after, the
// timeline becomes a journal.
func TestTimelineOfThePreviousVersionBecomesAJournal(t *testing.T) {
	all := migrations.Of("order")
	pool := pgtest.New(t, pgtest.Before(t, all, "00002_feed.sql"))
	journal := NewJournal(pool, slog.New(slog.DiscardHandler))
	order := domain.OrderID(uuid.NewString())
	pgtest.Execute(t, pool, `INSERT INTO orders VALUES ($1, 'customer-1', '[]', 100, '', 'CANCELLED', 'TIMEOUT', NULL, now(), now())`, string(order))
	observe := func(event string, seconds int) {
		t.Helper()
		pgtest.Execute(t, pool, `
			INSERT INTO timeline (order_id, event_id, type, source, causation_id, occurred_at)
			VALUES ($1, $2, 'InventoryReserved', '/inventory', '', $3) ON CONFLICT DO NOTHING`,
			string(order), event, porttest.Now.Add(time.Duration(seconds)*time.Second))
	}
	observe("third", 3)
	observe("first", 1)
	observe("second", 2)
	pgtest.Migrate(t, pool, all)
	observe("fourth", 0)
	observe("first", 1)

	entries, err := journal.After(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Event.EventID)
		if e.CustomerID != "customer-1" || e.Status != domain.Cancelled || e.Event.Attempts != 0 {
			t.Errorf("%+v: want the customer, the order's present status, and no attempts", e)
		}
	}
	if want := []string{"first", "second", "third", "fourth"}; !slices.Equal(got, want) {
		t.Errorf("journal = %v, want %v", got, want)
	}
}

// A migration whose statements are transactions of their own may be broken off
// after each of them.
func TestInterruptedMigrationIsTakenUpAgain(t *testing.T) {
	some := pgtest.Before(t, migrations.Of("order"), "00003_idempotency.sql")
	pool := pgtest.New(t, some)
	pgtest.Execute(t, pool, `DELETE FROM test_migrations WHERE version_id = 2`)
	pgtest.Execute(t, pool, `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'timeline_in_order'::regclass`)
	pgtest.Migrate(t, pool, some)
	valid := false
	err := pool.QueryRow(t.Context(), `SELECT indisvalid FROM pg_index WHERE indexrelid = 'timeline_in_order'::regclass`).Scan(&valid)
	if err != nil || !valid {
		t.Errorf("the index is valid: %v, %v", valid, err)
	}
}
