package domain

import (
	"time"

	"orders.internal/shared-kernel/money"
)

// Snapshot is an order's state as stored and shown. Zero means absent.
type Snapshot struct {
	ID            OrderID
	CustomerID    string
	Items         []Item
	Total         money.Amount
	PaymentMethod string
	Status        Status
	Reason        CancellationReason
	RefundedAt    time.Time
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Restore makes an order from its stored state; nothing is checked or recorded.
func Restore(s Snapshot) *Order {
	return &Order{
		id: s.ID, customerID: s.CustomerID, items: s.Items, total: s.Total, paymentMethod: s.PaymentMethod,
		status: s.Status, reason: s.Reason, refundedAt: s.RefundedAt, createdAt: s.CreatedAt, updatedAt: s.UpdatedAt,
	}
}

// Snapshot returns the order's state.
func (o *Order) Snapshot() Snapshot {
	return Snapshot{
		ID: o.id, CustomerID: o.customerID, Items: o.items, Total: o.total, PaymentMethod: o.paymentMethod,
		Status: o.status, Reason: o.reason, RefundedAt: o.refundedAt, CreatedAt: o.createdAt, UpdatedAt: o.updatedAt,
	}
}

// AsPlaced returns the order as it was when it was placed.
func (o *Order) AsPlaced() *Order {
	s := o.Snapshot()
	s.Status, s.Reason, s.RefundedAt, s.UpdatedAt = Pending, "", time.Time{}, s.CreatedAt
	return Restore(s)
}
