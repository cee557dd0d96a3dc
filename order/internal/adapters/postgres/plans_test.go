package postgres

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// fill makes $1 orders, three at a time, $3 apart. Their last fifth is a rush on a product
// that was sold out at once. Ten orders have hung in PENDING since long before,
// and of some reasons there are few. Before the rush, one order in ten was that of
// the same customer.
const fill = `
INSERT INTO orders (` + columns + `)
SELECT gen_random_uuid(), CASE WHEN n % 10 = 0 AND n < 0.8 * $1 THEN 'wholesaler' ELSE 'customer-' || n % 10007 END,
	'[{"product_id": "product-A", "quantity": 2}, {"product_id": "product-B", "quantity": 1}]', 15000, '', status,
	CASE WHEN status = 'CANCELLED' THEN
		CASE WHEN n > 0.8 * $1 THEN 'INVENTORY_UNAVAILABLE' WHEN n % 1009 = 1 THEN 'TIMEOUT' WHEN n % 101 = 1 THEN 'CUSTOMER_REQUEST' ELSE 'PAYMENT_FAILED' END
	END, NULL, at, at
FROM generate_series(1, $1::int) n
CROSS JOIN LATERAL (SELECT $2::timestamptz + n / 3 * $3::interval) t (at)
CROSS JOIN LATERAL (SELECT CASE
	WHEN n > 0.8 * $1 THEN 'CANCELLED'
	WHEN n % ($1 / 40) = 1 AND n < $1 / 4 THEN 'PENDING'
	WHEN n % 11 = 1 OR n % 1009 = 1 OR n % 101 = 1 THEN 'CANCELLED'
	ELSE 'COMPLETED' END) s (status)`

// rowsOf is how many orders the plans are tried on: few in a test, and as many as
// LISTING_ROWS says for docs/performance.md.
func rowsOf(t *testing.T) int {
	t.Helper()
	text := os.Getenv("LISTING_ROWS")
	if text == "" {
		return 30_000 // of which ANALYZE looks at each
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// year is the time over which the orders are spread: a customer's are in several months.
const (
	year         = 365 * 24 * time.Hour
	monthsOfYear = 14 // of 30 days, that it touches
)

// apart is the time between one three of that many orders and the next.
func apart(rows int) time.Duration { return year / time.Duration(rows/3) }

// statements notes the last statement that a pool sends.
type statements struct {
	sql  string
	args []any
}

func (*statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (*statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (s *statements) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	s.sql, s.args = data.SQL, data.Args
}

func (*statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// plan is a node of what EXPLAIN (FORMAT JSON) answers.
type plan struct {
	Type    string  `json:"Node Type"`
	Index   string  `json:"Index Name"`
	Rows    float64 `json:"Actual Rows"` // in each loop
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`
	Checked float64 `json:"Rows Removed by Index Recheck"`
	Hit     int     `json:"Shared Hit Blocks"` // with its children
	Read    int     `json:"Shared Read Blocks"`
	Plans   []plan
}

// newcomer gives somebody 60 orders in the last days, who had none before.
const newcomer = `
INSERT INTO orders (` + columns + `)
SELECT gen_random_uuid(), 'newcomer', '[{"product_id": "product-A", "quantity": 2}]', 15000, '', 'COMPLETED', NULL, NULL, at, at
FROM generate_series(1, 60) n CROSS JOIN LATERAL (SELECT $1::timestamptz - n * interval '1 hour') t (at)`

// Every page costs one index range scan, which reads the rows of the page and
// hardly any other, wherever they are. A customer's costs one for each month until
// another one than that which fills it has any, and two reads to learn which months there
// are. (A customer's orders of one status are looked for among all of that customer's.)
func TestPageIsOneIndexRangeScan(t *testing.T) {
	f := setup(t)
	rows := rowsOf(t)
	pgtest.Execute(t, f.pool, "ALTER TABLE orders SET (autovacuum_enabled = off)")
	pgtest.Execute(t, f.pool, fill, rows, porttest.Now, apart(rows))
	pgtest.Execute(t, f.pool, newcomer, porttest.Now.Add(year))
	at := func(share float64) *time.Time {
		moment := porttest.Now.Add(time.Duration(share * float64(year)))
		return &moment
	}
	after := &application.Position{CreatedAt: *at(0.4), ID: "01a20ba7-36a6-79a1-a3bc-dacf506739d3"}

	const customer = "orders_by_month"
	pages := map[string]page{
		"all":                        {application.Filter{}, "orders_newest"},
		"all, a later page":          {application.Filter{After: after}, "orders_newest"},
		"all, in a span of time":     {application.Filter{CreatedFrom: at(0.3), CreatedBefore: at(0.6)}, "orders_newest"},
		"in a span, a later page":    {application.Filter{CreatedFrom: at(0.3), CreatedBefore: at(0.9), After: after}, "orders_newest"},
		"in a span, from beyond it":  {application.Filter{CreatedBefore: at(0.2), After: after}, "orders_newest"},
		"a customer's":               {application.Filter{CustomerID: "customer-17"}, customer},
		"nobody's":                   {application.Filter{CustomerID: "zero"}, customer},
		"a newcomer's":               {application.Filter{CustomerID: "newcomer"}, customer},
		"a frequent customer's":      {application.Filter{CustomerID: "wholesaler"}, customer},
		"a customer's, a later page": {application.Filter{CustomerID: "wholesaler", After: after}, customer},
		"a customer's, in a span":    {application.Filter{CustomerID: "wholesaler", CreatedFrom: at(0.3), CreatedBefore: at(0.6)}, customer},
		"completed":                  {application.Filter{Status: domain.Completed}, "orders_completed"},
		"completed, a later page":    {application.Filter{Status: domain.Completed, After: after}, "orders_completed"},
		"cancelled":                  {application.Filter{Status: domain.Cancelled}, "orders_cancelled"},
		"cancelled, in a span":       {application.Filter{Status: domain.Cancelled, CreatedFrom: at(0.3), CreatedBefore: at(0.6)}, "orders_cancelled"},
		"pending":                    {application.Filter{Status: domain.Pending}, "orders_pending"},
		"pending, a later page":      {application.Filter{Status: domain.Pending, After: after}, "orders_pending"},
		"pending, in a span":         {application.Filter{Status: domain.Pending, CreatedFrom: at(0), CreatedBefore: at(1)}, "orders_pending"},
		"for a usual reason":         {application.Filter{Reason: domain.PaymentFailed}, "orders_not_paid"},
		"for a rare reason":          {application.Filter{Reason: domain.TimedOut}, "orders_timed_out"},
		"for a reason, a later page": {application.Filter{Reason: domain.PaymentFailed, After: after}, "orders_not_paid"},
		"for a reason, in a span":    {application.Filter{Reason: domain.PaymentFailed, CreatedFrom: at(0.3), CreatedBefore: at(0.6)}, "orders_not_paid"},
	}
	for name, p := range pages {
		if p.CustomerID != "" {
			t.Run(name+", without statistics", func(t *testing.T) { p.try(t, f) })
		}
	}
	pgtest.Execute(t, f.pool, "VACUUM ANALYZE orders")
	for name, p := range pages {
		t.Run(name, func(t *testing.T) { p.try(t, f) })
	}
}

// page is the first one of a list, which an index has.
type page struct {
	application.Filter
	index string
}

func (p page) try(t *testing.T, f fixture) {
	p.Limit = 51
	found, nodes := explain(t, f, p.Filter)
	most := 2 * p.Limit
	if p.CustomerID != "" {
		most += 5 * monthsOfYear
	}
	if read := nodes[0].Hit + nodes[0].Read; read > most {
		t.Errorf("reads %d of PostgreSQL's pages for %d rows, want %d at most", read, found, most)
	}
	for _, n := range nodes {
		if n.Index != "" && n.Index != p.index && n.reads() > 1 {
			t.Errorf("scans %s, want %s", n.Index, p.index)
		}
		if n.reads() > 2*float64(p.Limit) {
			t.Errorf("%s reads %v rows for %d", n.Type, n.reads(), found)
		}
	}
}

// explain lists by the filter and returns how many orders that finds, and the
// nodes of the statement's plan.
func explain(t *testing.T, f fixture, filter application.Filter) (found int, nodes []plan) {
	t.Helper()
	sent := &statements{}
	traced := pgtest.Like(t, f.pool, func(c *pgxpool.Config) { c.ConnConfig.Tracer = sent })
	defer traced.Close()
	orders, err := NewOrders(traced, nil, nil).List(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	return len(orders), f.explain(t, sent.sql, sent.args...)
}

// explain returns the nodes of the statement's plan.
func (f fixture) explain(t *testing.T, sql string, args ...any) (nodes []plan) {
	t.Helper()
	text, err := f.pool.Query(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "+sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(text, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s\n%v\n%s", sql, args, strings.Join(lines, "\n"))
	var answer []struct{ Plan plan }
	var raw []byte
	if err := f.pool.QueryRow(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+sql, args...).Scan(&raw); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatal(err)
	}
	var walk func(plan)
	walk = func(p plan) {
		nodes = append(nodes, p)
		for _, child := range p.Plans {
			walk(child)
		}
	}
	walk(answer[0].Plan)
	return nodes
}

// faithful gives the same customer one order for each twenty that there are. None was
// cancelled, and none is pending.
const faithful = `
INSERT INTO orders (` + columns + `)
SELECT gen_random_uuid(), 'faithful', '[{"product_id": "product-A", "quantity": 2}]', 15000, '', 'COMPLETED', NULL, NULL, at, at
FROM generate_series(1, $1::int / 20) n CROSS JOIN LATERAL (SELECT $2::timestamptz + n * 20 / 3 * $3::interval) t (at)`

// A customer's orders of one status, or for one reason, are looked for among all of the
// customer's: so many are read at most, give and take a rare reason's own index.
func TestStatusThatNoneOfACustomersOrdersHas(t *testing.T) {
	f := setup(t)
	rows := rowsOf(t)
	pgtest.Execute(t, f.pool, fill, rows, porttest.Now, apart(rows))
	pgtest.Execute(t, f.pool, faithful, rows, porttest.Now, apart(rows))
	pgtest.Execute(t, f.pool, "VACUUM ANALYZE orders")
	for name, filter := range map[string]application.Filter{
		"cancelled":    {Status: domain.Cancelled},
		"pending":      {Status: domain.Pending},
		"not paid":     {Reason: domain.PaymentFailed},
		"out of stock": {Reason: domain.InventoryUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			filter.CustomerID, filter.Limit = "faithful", 51
			_, nodes := explain(t, f, filter)
			for _, n := range nodes {
				if n.reads() > 2*float64(rows/20) {
					t.Errorf("%s %s reads %v rows", n.Type, n.Index, n.reads())
				}
			}
		})
	}
}

// pile makes $1 orders that hang in PENDING, one a second, after the others.
const pile = `
INSERT INTO orders (` + columns + `)
SELECT gen_random_uuid(), 'customer-' || n, '[{"product_id": "product-A", "quantity": 2}]', 15000, '', 'PENDING', NULL, NULL, at, at
FROM generate_series(1, $1::int) n CROSS JOIN LATERAL (SELECT $2::timestamptz + n * interval '1 second') t (at)`

// PostgreSQL believes of a status that it is rare until it looks again: till then its index is
// read in the place of the customer's. It is read once, and not for each month.
func TestPileOfOrdersIsReadOnce(t *testing.T) {
	f := setup(t)
	const piled = 2000
	rows := rowsOf(t)
	pgtest.Execute(t, f.pool, "ALTER TABLE orders SET (autovacuum_enabled = off)")
	pgtest.Execute(t, f.pool, fill, rows, porttest.Now, apart(rows))
	pgtest.Execute(t, f.pool, faithful, rows, porttest.Now, apart(rows))
	pgtest.Execute(t, f.pool, "VACUUM ANALYZE orders")
	pgtest.Execute(t, f.pool, pile, piled, porttest.Now.Add(year))
	_, nodes := explain(t, f, application.Filter{CustomerID: "faithful", Status: domain.Pending, Limit: 51})
	var read float64
	for _, n := range nodes {
		if n.Index == "orders_pending" {
			read += n.reads()
		}
	}
	if read < 0.9*piled || read > 1.5*piled { // rows are told in whole ones for a month
		t.Errorf("%v rows read by orders_pending, which has %d; if it is 0, another index is the better plan now", read, piled)
	}
}

// reads is how many rows the node has looked at, in all its turns.
func (p plan) reads() float64 { return p.Loops * (p.Rows + p.Removed + p.Checked) }

// happen makes three lines in the timeline for each order.
const happen = `
INSERT INTO timeline (order_id, event_id, type, source, causation_id, occurred_at)
SELECT id, id || '-' || n, 'OrderCreated', '/order', '', created_at FROM orders CROSS JOIN generate_series(1, 3) n ORDER BY created_at, n`

// What happened to a customer is found among what happened to all by the customer's
// orders alone, from wherever it is asked for. So it is when PostgreSQL doesn't know
// yet how much there is.
func TestCustomersPastIsReadByItsOrders(t *testing.T) {
	f := setup(t)
	pgtest.Execute(t, f.pool, "ALTER TABLE timeline SET (autovacuum_enabled = off)")
	pgtest.Execute(t, f.pool, "ANALYZE timeline")
	pgtest.Execute(t, f.pool, fill, rowsOf(t), porttest.Now, apart(rowsOf(t)))
	pgtest.Execute(t, f.pool, happen)
	head, err := f.journal().Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	try := func(t *testing.T) {
		for _, position := range []int64{0, head / 2, head - 10} {
			found, err := f.journal().OfCustomer(t.Context(), "customer-17", 0, 10_000)
			if err != nil || len(found) == 0 {
				t.Fatalf("%d entries, %v", len(found), err)
			}
			for _, n := range f.explain(t, selectOfCustomer, "customer-17", position, 10_000) {
				if n.Index == "timeline_in_order" || strings.HasPrefix(n.Type, "Seq") || n.reads() > 2*float64(len(found)) {
					t.Errorf("after %d, %s %s reads %v rows for %d", position, n.Type, n.Index, n.reads(), len(found))
				}
			}
		}
	}
	t.Run("unknown", try)
	pgtest.Execute(t, f.pool, "VACUUM ANALYZE orders, timeline")
	t.Run("known", try)
}
