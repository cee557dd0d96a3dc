package domain

import "orders.internal/shared-kernel/money"

// What happens to an order, in the words of the wire contract.
type (
	// OrderCreated begins the saga.
	OrderCreated struct {
		OrderID       OrderID
		CustomerID    string
		Items         []Item
		Total         money.Amount
		PaymentMethod string
	}
	// OrderConfirmed ends it with a sale.
	OrderConfirmed struct {
		OrderID    OrderID
		CustomerID string
		Total      money.Amount
	}
	// OrderCancelled ends it without one: whatever was done is undone.
	OrderCancelled struct {
		OrderID    OrderID
		CustomerID string
		Reason     CancellationReason
		Detail     string
	}
)

// EventType and Subject make each an event.Event.

func (OrderCreated) EventType() string   { return "OrderCreated" }
func (OrderConfirmed) EventType() string { return "OrderConfirmed" }
func (OrderCancelled) EventType() string { return "OrderCancelled" }

func (e OrderCreated) Subject() string   { return string(e.OrderID) }
func (e OrderConfirmed) Subject() string { return string(e.OrderID) }
func (e OrderCancelled) Subject() string { return string(e.OrderID) }
