package postgres

import (
	"cmp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

const insertNotifications = `
INSERT INTO notifications (` + columns + `, ` + originColumns + `)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
	$8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[])
ON CONFLICT DO NOTHING
RETURNING order_id, type`

// queueInsert takes the first of those that have the same key, in the order of the
// keys, so that transactions wait for each other and never in a circle. Which
// operations have added their notification is noted when it has been executed.
func queueInsert(tx *pgkit.Tx, adding []*operation) {
	if len(adding) == 0 {
		return
	}
	slices.SortStableFunc(adding, func(a, b *operation) int {
		return cmp.Or(cmp.Compare(a.key.OrderID, b.key.OrderID), cmp.Compare(a.key.Type, b.key.Type))
	})
	var (
		orders, types, events, customers, channels, bodies  []string
		attempts                                            []int
		due, created                                        []time.Time
		delivered                                           []*time.Time
		correlations, causations, traceparents, tracestates []string
	)
	for _, op := range adding {
		n := op.add
		orders = append(orders, n.OrderID)
		types = append(types, n.Type)
		events = append(events, n.EventID)
		customers = append(customers, n.CustomerID)
		channels = append(channels, n.Channel)
		bodies = append(bodies, n.Body)
		attempts = append(attempts, n.Attempts)
		due = append(due, n.NextAttemptAt)
		created = append(created, n.CreatedAt)
		delivered = append(delivered, n.DeliveredAt)
		correlations = append(correlations, n.CorrelationID)
		causations = append(causations, n.CausationID)
		traceparents = append(traceparents, n.Traceparent)
		tracestates = append(tracestates, n.Tracestate)
	}
	tx.Queue(insertNotifications, orders, types, events, customers, channels, bodies, attempts,
		due, created, delivered, correlations, causations, traceparents, tracestates,
	).Query(func(rows pgx.Rows) error { return noteAdded(rows, adding) })
}

// noteAdded marks the first operation of each key that was inserted.
func noteAdded(rows pgx.Rows, adding []*operation) error {
	inserted := make(map[domain.Key]bool, len(adding))
	var key domain.Key
	_, err := pgx.ForEachRow(rows, []any{(*string)(&key.OrderID), (*string)(&key.Type)}, func() error {
		inserted[key] = true
		return nil
	})
	for _, op := range adding {
		op.added = inserted[op.key]
		delete(inserted, op.key)
	}
	return err
}

const updateNotifications = `
UPDATE notifications
SET attempts = new.attempts, next_attempt_at = new.next_attempt_at, delivered_at = new.delivered_at
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
	AS new (order_id, type, attempts, next_attempt_at, delivered_at)
WHERE notifications.order_id = new.order_id AND notifications.type = new.type`

func queueUpdate(tx *pgkit.Tx, changed []domain.Snapshot) {
	if len(changed) == 0 {
		return
	}
	var (
		orders, types []string
		attempts      []int
		due           []time.Time
		delivered     []*time.Time
	)
	for _, s := range changed {
		orders = append(orders, string(s.OrderID))
		types = append(types, string(s.Type))
		attempts = append(attempts, s.Attempts)
		due = append(due, s.NextAttemptAt)
		delivered = append(delivered, orNull(s.DeliveredAt))
	}
	tx.Queue(updateNotifications, orders, types, attempts, due, delivered)
}
