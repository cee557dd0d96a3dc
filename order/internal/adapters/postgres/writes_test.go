package postgres

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func TestColumnsOfRows(t *testing.T) {
	f := setup(t)
	at := func(minute int) time.Time { return time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC) }
	id := uuid.New()
	placed := row{
		ID: id, CustomerID: "customer", Items: []byte("items"), Total: 7, PaymentMethod: "method", Status: "status",
		CreatedAt: at(1), UpdatedAt: at(2),
	}
	pgtest.WantRow(t, f.pool, "new_order", pgkit.Rows([]row{placed}, row.writeNew), map[string]any{
		"id": id, "customer_id": "customer", "items": "items", "total_minor": 7, "payment_method": "method", "status": "status",
		"created_at": at(1), "updated_at": at(2),
	})
	seen := line{id, "status", true, domain.Observation{
		EventID: "event", Type: "type", Source: "source", CausationID: "causation", OccurredAt: at(3), Attempts: 4,
	}}
	pgtest.WantRow(t, f.pool, "timeline_line", pgkit.Rows([]line{seen}, line.write), map[string]any{
		"order_id": id, "event_id": "event", "type": "type", "source": "source", "causation_id": "causation",
		"occurred_at": at(3), "status": "status", "attempts": 4, "own": true,
	})
}
