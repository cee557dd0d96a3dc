// Package outboxtest looks into outboxes for tests.
package outboxtest

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/outbox"
)

// Rows returns what waits in the pool's outbox, oldest first.
func Rows(t *testing.T, pool *pgxpool.Pool) []outbox.Message {
	t.Helper()
	rows, err := pool.Query(t.Context(), `
		SELECT event_id, type, routing_key, subject, correlation_id, causation_id, traceparent, tracestate, occurred_at, body
		FROM outbox ORDER BY occurred_at, ctid`)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m outbox.Message, err error) {
		o := &m.Origin
		err = row.Scan(&m.EventID, &m.Type, &m.RoutingKey, &m.Subject,
			&o.CorrelationID, &o.CausationID, &o.Traceparent, &o.Tracestate, &m.OccurredAt, &m.Body)
		return m, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}
