package postgres

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/money"
)

// columns are those of row, in its order.
const columns = `id, customer_id, items, total_minor, payment_method,
	status, cancellation_reason, refunded_at, created_at, updated_at`

// row is an order as the table has it.
type row struct {
	ID            uuid.UUID
	CustomerID    string
	Items         []byte
	Total         int64
	PaymentMethod string
	Status        string
	Reason        *string
	RefundedAt    *time.Time
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// item is a line as the column items has it.
type item struct {
	ProductID string `json:"product_id"`
	Quantity  int    `json:"quantity"`
}

func toRow(s domain.Snapshot) (row, error) {
	id, err := parseID(s.ID)
	if err != nil {
		return row{}, fmt.Errorf("order id: %w", err)
	}
	items := make([]item, len(s.Items))
	for i, line := range s.Items {
		items[i] = item(line)
	}
	encoded, err := json.Marshal(items)
	if err != nil {
		return row{}, fmt.Errorf("encode items: %w", err)
	}
	return row{
		ID: id, CustomerID: s.CustomerID, Items: encoded, Total: int64(s.Total), PaymentMethod: s.PaymentMethod,
		Status: string(s.Status), Reason: orNull(string(s.Reason)), RefundedAt: orNull(s.RefundedAt),
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}, nil
}

func (r row) toDomain() (*domain.Order, error) {
	var stored []item
	if err := json.Unmarshal(r.Items, &stored); err != nil {
		return nil, fmt.Errorf("decode items of order %s: %w", r.ID, err)
	}
	items := make([]domain.Item, len(stored))
	for i, line := range stored {
		items[i] = domain.Item(line)
	}
	return domain.Restore(domain.Snapshot{
		ID: domain.OrderID(r.ID.String()), CustomerID: r.CustomerID, Items: items, Total: money.Amount(r.Total),
		PaymentMethod: r.PaymentMethod, Status: domain.Status(r.Status),
		Reason: domain.CancellationReason(orZero(r.Reason)), RefundedAt: orZero(r.RefundedAt).UTC(),
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}), nil
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
