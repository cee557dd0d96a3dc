package postgres

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/migrations"
	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// placeAsBefore places two orders as the versions do that send an array for each column.
func placeAsBefore(ctx context.Context, pool *pgxpool.Pool) error {
	ids := []uuid.UUID{uuid.New(), uuid.New()}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`INSERT INTO orders SELECT id, customer, '[]', 100, '', 'PENDING', NULL, NULL, now(), now()
			 FROM unnest($1::uuid[], $2::text[]) AS new (id, customer)`,
			`INSERT INTO outbox SELECT id::text, name, name, name, name, name, '', '', now(), '' FROM unnest($1::uuid[], $2::text[]) AS new (id, name)`,
			`INSERT INTO timeline (order_id, event_id, type, source, causation_id, occurred_at, status)
			 SELECT id, id, 'OrderCreated', '/order', '', now(), name FROM unnest($1::uuid[], $2::text[]) AS new (id, name)`,
		} {
			if _, err := tx.Exec(ctx, sql, ids, []string{"c", "c"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Several replicas of a new version start at once while the old ones go on taking
// orders. An earlier start was interrupted.
func TestReplicasMigrateARunningShop(t *testing.T) {
	url, quiet := pgtest.NewURL(t), slog.New(slog.DiscardHandler)
	pool := pgtest.Open(t, url)
	if err := pgkit.Migrate(t.Context(), pool, "order", pgtest.Before(t, migrations.Of("order"), "00004_listing.sql"), quiet); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), fill, 3000, porttest.Now, apart(3000)); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"orders_completed", "orders_by_month"} {
		pgtest.Execute(t, pool, "CREATE INDEX "+left+" ON orders (total_minor)")
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
				if err := placeAsBefore(t.Context(), pool); err != nil {
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
		SELECT indexrelid::regclass || CASE WHEN indisvalid THEN '' ELSE ' is not valid' END || CASE
			WHEN pg_get_indexdef(indexrelid) LIKE '%(created_at, id)%' THEN ' by place'
			WHEN pg_get_indexdef(indexrelid) LIKE '%(date_bin(%, customer_id, created_at, id)%' THEN ' and place'
			ELSE '' END
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
		"orders_by_month and place", "orders_cancelled by place", "orders_completed by place", "orders_newest", "orders_not_paid by place",
		"orders_out_of_stock by place", "orders_pending", "orders_pkey", "orders_timed_out by place", "orders_withdrawn by place",
	}
	if !slices.Equal(got, want) {
		t.Errorf("indexes are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// An older version of the service finds the index that it lists by.
func TestIndexByCustomerComesBack(t *testing.T) {
	f := setup(t)
	want := func(index string, there bool) {
		t.Helper()
		var found bool
		err := f.pool.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND indisvalid)", index).Scan(&found)
		if err != nil || found != there {
			t.Errorf("index %s: found %v, want %v, %v", index, found, there, err)
		}
	}
	pgtest.Revert(t, f.pool, migrations.Of("order"), "00008_by_month.sql")
	want("orders_by_customer", true)
	want("orders_by_month", false)
	pgtest.Migrate(t, f.pool, migrations.Of("order"))
	want("orders_by_customer", false)
	want("orders_by_month", true)
}
