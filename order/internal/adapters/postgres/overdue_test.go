package postgres

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"orders.internal/order/internal/adapters/porttest"
)

// With any number of orders that have ended, the search for overdue ones looks at
// those that have not.
func TestSearchForOverdueOrdersReadsWhatIsPending(t *testing.T) {
	f := setup(t)
	for _, statement := range []string{
		`INSERT INTO orders (id, customer_id, items, total_minor, payment_method, status, created_at, updated_at)
		 SELECT gen_random_uuid(), 'c', '[]', 1, '', CASE WHEN n % 1000 = 0 THEN 'PENDING' ELSE 'COMPLETED' END, now(), now()
		 FROM generate_series(1, 30000) n`,
		`ANALYZE orders`,
	} {
		if _, err := f.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := f.pool.Query(t.Context(), "EXPLAIN "+selectOverdue, porttest.Now.AddDate(1, 0, 0), 500)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	plan := strings.Join(lines, "\n")
	if !strings.Contains(plan, "orders_pending") || strings.Contains(plan, "Seq Scan") {
		t.Errorf("plan:\n%s", plan)
	}
}
