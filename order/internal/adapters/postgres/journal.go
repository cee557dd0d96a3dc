package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// Journal implements application.Journal with the table timeline, whose trigger
// sees to it that no position appears late.
type Journal struct {
	pool *pgxpool.Pool
	log  *slog.Logger
}

var _ application.Journal = (*Journal)(nil)

// NewJournal returns the journal.
func NewJournal(pool *pgxpool.Pool, log *slog.Logger) *Journal { return &Journal{pool: pool, log: log} }

// entry is a row of the timeline with what the stream says of its order.
type entry struct {
	Position    int64
	OrderID     uuid.UUID
	CustomerID  string
	Status      string
	EventID     string
	Type        string
	Source      string
	CausationID string
	OccurredAt  time.Time
	Attempts    int
}

// entryColumns are those of a line of the timeline and its order. What was recorded by a
// version of the service that told no status shows the order's present one.
const entryColumns = `line.position, line.order_id, o.customer_id, coalesce(line.status, o.status),
	line.event_id, line.type, line.source, line.causation_id, line.occurred_at, coalesce(line.attempts, 0)`

// selectEntries returns the entries of the lines that are chosen.
func selectEntries(chosen string) string {
	return `
SELECT ` + entryColumns + `
FROM (
	SELECT position, order_id, status, event_id, type, source, causation_id, occurred_at, attempts
	FROM timeline ` + chosen + `
) AS line JOIN orders AS o ON o.id = line.order_id
ORDER BY line.position`
}

var (
	selectOfOrder = selectEntries(`WHERE order_id = $1`)
	selectAfter   = selectEntries(`WHERE position > $1 ORDER BY position LIMIT $2`)
)

// selectOfCustomer reads the lines of the customer's own orders, however many others
// have. What the planner believes about them must not matter: OFFSET 0 has it take one
// order after the other, and position + 0 keeps it from the index by position.
var selectOfCustomer = `
SELECT ` + entryColumns + `
FROM ` + pgkit.Months("orders", "created_at") + `
CROSS JOIN LATERAL (
	SELECT id, customer_id, status FROM orders
	WHERE ` + pgkit.Month("created_at") + ` = months.month AND customer_id = $1 OFFSET 0
) AS o
CROSS JOIN LATERAL (SELECT * FROM timeline WHERE order_id = o.id AND position + 0 > $2 OFFSET 0) AS line
ORDER BY line.position LIMIT $3`

const selectHead = `SELECT coalesce(max(position), 0) FROM timeline`

// OfOrder implements application.Journal.
func (j *Journal) OfOrder(ctx context.Context, id domain.OrderID) ([]application.Entry, error) {
	key, err := parseID(id)
	if err != nil {
		return nil, notFound(id)
	}
	entries, err := j.query(ctx, selectOfOrder, key)
	if err == nil && len(entries) == 0 {
		err = notFound(id)
	}
	return entries, err
}

// After implements application.Journal.
func (j *Journal) After(ctx context.Context, position int64, limit int) ([]application.Entry, error) {
	return j.query(ctx, selectAfter, position, limit)
}

// OfCustomer implements application.Journal.
func (j *Journal) OfCustomer(ctx context.Context, customer string, position int64, limit int) ([]application.Entry, error) {
	return j.query(ctx, selectOfCustomer, customer, position, limit)
}

func (j *Journal) query(ctx context.Context, sql string, args ...any) ([]application.Entry, error) {
	rows, err := j.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("read journal: %w", err))
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[entry])
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("read journal: %w", err))
	}
	entries := make([]application.Entry, len(found))
	for i, e := range found {
		entries[i] = e.toApplication()
	}
	return entries, nil
}

func (e entry) toApplication() application.Entry {
	return application.Entry{
		Position: e.Position, OrderID: domain.OrderID(e.OrderID.String()), CustomerID: e.CustomerID, Status: domain.Status(e.Status),
		Event: domain.Observation{
			EventID: e.EventID, Type: e.Type, Source: e.Source, CausationID: e.CausationID,
			OccurredAt: e.OccurredAt.UTC(), Attempts: e.Attempts,
		},
	}
}

// Head implements application.Journal.
func (j *Journal) Head(ctx context.Context) (head int64, err error) {
	err = j.pool.QueryRow(ctx, selectHead).Scan(&head)
	if err != nil {
		return 0, pgkit.Translate(fmt.Errorf("read journal: %w", err))
	}
	return head, nil
}
