package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// row is an order as the order service's database has it.
type row struct {
	CustomerID string
	Status     string
	Reason     string // why it was cancelled
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

const (
	pending   = "PENDING"
	completed = "COMPLETED"
	cancelled = "CANCELLED"

	paymentFailed = "PAYMENT_FAILED"
)

// end is how an order ended, for the report: its status, or why it was cancelled.
func (r row) end() string {
	if r.Status == cancelled {
		return r.Reason
	}
	return r.Status
}

// ordersSince reads the orders that were placed since a time.
func (s *system) ordersSince(ctx context.Context, since time.Time) ([]row, error) {
	rows, err := s.databases["order"].Query(ctx, `
		SELECT customer_id, status, coalesce(cancellation_reason, ''), created_at, updated_at
		FROM orders WHERE created_at >= $1`, since)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	return all, nil
}

// leftovers are questions about what goes on after the last order has ended:
// stock is booked, customers are told. Each is answered with a number.
var leftovers = []struct{ database, what, query string }{
	{"order", "events in the outbox of order", `SELECT count(*) FROM outbox WHERE occurred_at >= $1`},
	{"inventory", "events in the outbox of inventory", `SELECT count(*) FROM outbox WHERE occurred_at >= $1`},
	{"payment", "events in the outbox of payment", `SELECT count(*) FROM outbox WHERE occurred_at >= $1`},
	{"payment", "payments that wait for the gateway", `SELECT count(*) FROM payments_due JOIN payments USING (order_id) WHERE created_at >= $1`},
	{"inventory", "reservations not committed", `SELECT count(*) FROM reservations WHERE status = 'RESERVED' AND created_at >= $1`},
	{"notification", "notifications not delivered", `SELECT count(*) FROM notifications_due JOIN notifications USING (order_id, type) WHERE created_at >= $1`},
}

// left returns how much of what began since a time is not done yet, and what it
// is. notifications is how many there have to be in the end, at least.
func (s *system) left(ctx context.Context, since time.Time, notifications int) (n int, what string, err error) {
	for _, l := range leftovers {
		err := s.databases[l.database].QueryRow(ctx, l.query, since).Scan(&n)
		if err != nil || n > 0 {
			return n, l.what, err
		}
	}
	err = s.databases["notification"].QueryRow(ctx, `SELECT count(*) FROM notifications WHERE created_at >= $1`, since).Scan(&n)
	return max(0, notifications-n), "notifications not written", err
}

const settleEvery = 200 * time.Millisecond

// settle waits until nothing is left.
func (s *system) settle(ctx context.Context, since time.Time, notifications int) error {
	for {
		n, what, err := s.left(ctx, since, notifications)
		switch {
		case err != nil:
			return fmt.Errorf("look whether all is done: %w", err)
		case n == 0:
			return nil
		}
		if sleep(ctx, settleEvery) != nil {
			return fmt.Errorf("%d %s: %w", n, what, context.Cause(ctx))
		}
	}
}
