package postgres

import (
	"testing"
	"time"

	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func TestColumnsOfRows(t *testing.T) {
	f := setup(t)
	at := func(minute int) time.Time { return time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC) }
	delivered := at(3)
	is := &stored{row{
		OrderID: "order", Type: "type", EventID: "event", CustomerID: "customer", Channel: "channel", Body: "body",
		Attempts: 1, NextAttemptAt: at(1), CreatedAt: at(2), DeliveredAt: &delivered,
	}, origin{"correlation", "causation", "parent", "state"}}
	pgtest.WantRow(t, f.pool, "new_notification", pgkit.Rows([]*stored{is}, (*stored).write), map[string]any{
		"order_id": "order", "type": "type", "event_id": "event", "customer_id": "customer", "channel": "channel", "body": "body",
		"attempts": 1, "next_attempt_at": at(1), "created_at": at(2), "delivered_at": at(3),
		"correlation_id": "correlation", "causation_id": "causation", "traceparent": "parent", "tracestate": "state",
	})
	before := domain.Snapshot{OrderID: "order", Type: "type", Attempts: 2, NextAttemptAt: at(4)}
	after := domain.Snapshot{OrderID: "another", Type: "another", Attempts: 3, NextAttemptAt: at(5), DeliveredAt: at(6)}
	pgtest.WantRow(t, f.pool, "notification_change", pgkit.Rows([]change{{before, after}}, change.write), map[string]any{
		"order_id": "order", "type": "type", "attempts": 3, "next_attempt_at": at(5), "delivered_at": at(6),
		"known_attempts": 2, "known_attempt_at": at(4),
	})
	pgtest.WantRow(t, f.pool, "due_notification", pgkit.Rows([]domain.Snapshot{before}, writeDue), map[string]any{
		"next_attempt_at": at(4), "order_id": "order", "type": "type",
	})
}
