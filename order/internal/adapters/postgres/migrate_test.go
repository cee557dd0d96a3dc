package postgres

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"orders.internal/migrations"
	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// addAsBefore is what a replica of the old version does.
const addAsBefore = `
WITH added AS (
	INSERT INTO orders (` + columns + `)
	VALUES (gen_random_uuid(), 'c', '[]', 100, '', 'PENDING', NULL, NULL, $1, $1)
	RETURNING id
)
INSERT INTO timeline (order_id, event_id, type, source, causation_id, occurred_at, status)
SELECT id, 'e', 'OrderCreated', '/order', '', $1, 'PENDING' FROM added`

// Several replicas of a new version start at once while the old ones go on taking
// orders. An earlier start was interrupted.
func TestReplicasMigrateARunningShop(t *testing.T) {
	url, quiet := pgtest.NewURL(t), slog.New(slog.DiscardHandler)
	pool := pgtest.Open(t, url)
	if err := pgkit.Migrate(t.Context(), pool, "order", pgtest.Before(t, migrations.Of("order"), "00004_listing.sql"), quiet); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), fill, 3000, porttest.Now); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), "CREATE INDEX orders_completed ON orders (total_minor)"); err != nil {
		t.Fatal(err)
	}

	migrated := make(chan struct{})
	var replicas, customers sync.WaitGroup
	for range 4 {
		customers.Go(func() {
			for done := false; !done; {
				select {
				case <-migrated:
					done = true
				default:
				}
				if _, err := pool.Exec(t.Context(), addAsBefore, porttest.Now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		replica := pgtest.Open(t, url)
		replicas.Go(func() {
			if err := pgkit.Migrate(t.Context(), replica, "order", migrations.Of("order"), quiet); err != nil {
				t.Error(err)
			}
		})
	}
	replicas.Wait()
	close(migrated)
	customers.Wait()

	rows, err := pool.Query(t.Context(), `
		SELECT indexrelid::regclass || CASE WHEN indisvalid THEN '' ELSE ' is not valid' END || CASE WHEN pg_get_indexdef(indexrelid) LIKE '%(created_at, id)%' THEN ' by place' ELSE '' END
		FROM pg_index WHERE indrelid = 'orders'::regclass`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{
		"orders_by_customer", "orders_cancelled by place", "orders_completed by place", "orders_newest", "orders_not_paid by place",
		"orders_out_of_stock by place", "orders_pending", "orders_pkey", "orders_timed_out by place", "orders_withdrawn by place",
	}
	if !slices.Equal(got, want) {
		t.Errorf("indexes are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
