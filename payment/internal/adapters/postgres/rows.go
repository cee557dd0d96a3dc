package postgres

import (
	"time"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/money"
)

// columns are those of row, in its order.
const columns = `order_id, customer_id, amount_minor, method, status, cancel_requested, claimed, attempts,
	postponed, transaction_id, refund_id, failure_reason, next_attempt_at, created_at, updated_at`

// row is a payment as the table has it.
type row struct {
	OrderID         string
	CustomerID      string
	Amount          *int64
	Method          string
	Status          string
	CancelRequested bool
	Claimed         bool
	Attempts        int
	Postponed       int
	TransactionID   *string
	RefundID        *string
	FailureReason   *string
	NextAttemptAt   *time.Time
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

func toRow(s domain.Snapshot) *row {
	return &row{
		OrderID: string(s.OrderID), CustomerID: s.CustomerID, Amount: orNull(int64(s.Amount)), Method: s.Method,
		Status: string(s.Status), CancelRequested: s.CancelRequested, Claimed: s.Claimed,
		Attempts: s.Attempts, Postponed: s.Postponed, TransactionID: orNull(s.TransactionID),
		RefundID: orNull(s.RefundID), FailureReason: orNull(string(s.FailureReason)),
		NextAttemptAt: orNull(s.DueAt), CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
}

func (r row) toDomain() *domain.Payment { return domain.Restore(r.toSnapshot()) }

func (r row) toSnapshot() domain.Snapshot {
	return domain.Snapshot{
		OrderID: domain.OrderID(r.OrderID), CustomerID: r.CustomerID, Amount: money.Amount(orZero(r.Amount)), Method: r.Method,
		Status: domain.Status(r.Status), CancelRequested: r.CancelRequested, Claimed: r.Claimed,
		Attempts: r.Attempts, Postponed: r.Postponed, TransactionID: orZero(r.TransactionID),
		RefundID: orZero(r.RefundID), FailureReason: domain.FailureReason(orZero(r.FailureReason)),
		DueAt: orZero(r.NextAttemptAt).UTC(), CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// originColumns are those of origin, in its order.
const originColumns = `correlation_id, causation_id, traceparent, tracestate`

// origin is what made a payment's next call due.
type origin struct {
	CorrelationID string
	CausationID   string
	Traceparent   string
	Tracestate    string
}

func (o origin) toEvent() event.Origin { return event.Origin(o) }

// stored is all that the table has of a payment.
type stored struct {
	row
	origin
}

// orNull maps the zero value, the domain's "absent", to NULL.
func orNull[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

func orZero[T any](value *T) T {
	if value == nil {
		var zero T
		return zero
	}
	return *value
}
