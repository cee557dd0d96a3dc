package postgres

import (
	"time"

	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/event"
)

// columns are those of row, in its order.
const columns = `order_id, type, event_id, customer_id, channel, body, attempts, next_attempt_at, created_at, delivered_at`

// row is a notification as the table has it, without its origin.
type row struct {
	OrderID       string
	Type          string
	EventID       string
	CustomerID    string
	Channel       string
	Body          string
	Attempts      int
	NextAttemptAt time.Time
	CreatedAt     time.Time
	DeliveredAt   *time.Time
}

// originColumns are those of origin, in its order.
const originColumns = `correlation_id, causation_id, traceparent, tracestate`

// origin is what a notification goes back to, as the table has it.
type origin struct {
	CorrelationID string
	CausationID   string
	Traceparent   string
	Tracestate    string
}

// stored is a whole row of the table.
type stored struct {
	row
	origin
}

func newStored(s domain.Snapshot, o event.Origin) *stored {
	return &stored{row{
		OrderID: string(s.OrderID), Type: string(s.Type), EventID: s.EventID, CustomerID: s.CustomerID,
		Channel: string(s.Channel), Body: s.Text, Attempts: s.Attempts,
		NextAttemptAt: s.NextAttemptAt, CreatedAt: s.CreatedAt, DeliveredAt: orNull(s.DeliveredAt),
	}, origin(o)}
}

func (r row) toSnapshot() domain.Snapshot {
	s := domain.Snapshot{
		EventID: r.EventID, OrderID: domain.OrderID(r.OrderID), Type: domain.Type(r.Type), CustomerID: r.CustomerID,
		Channel: domain.Channel(r.Channel), Text: r.Body, Attempts: r.Attempts,
		NextAttemptAt: r.NextAttemptAt.UTC(), CreatedAt: r.CreatedAt.UTC(),
	}
	if r.DeliveredAt != nil {
		s.DeliveredAt = r.DeliveredAt.UTC()
	}
	return s
}

func (r row) toDomain() *domain.Notification { return domain.Restore(r.toSnapshot()) }

// orNull maps the zero time, the domain's "not yet", to NULL.
func orNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}
