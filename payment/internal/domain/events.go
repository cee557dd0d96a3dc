package domain

import "orders.internal/shared-kernel/money"

// What happens to a payment, in the words of the wire contract.
type (
	// PaymentProcessed: the customer was charged.
	PaymentProcessed struct {
		OrderID       OrderID
		CustomerID    string
		Amount        money.Amount
		TransactionID string
		Attempts      int
	}
	// PaymentFailed: the customer was not charged, and never will be for this order.
	PaymentFailed struct {
		OrderID    OrderID
		CustomerID string
		Amount     money.Amount
		Reason     FailureReason
		Attempts   int
	}
	// PaymentRefunded: the charge of a cancelled order was given back.
	PaymentRefunded struct {
		OrderID    OrderID
		CustomerID string
		Amount     money.Amount
		RefundID   string
	}
)

// EventType and Subject make each an event.Event.

func (PaymentProcessed) EventType() string { return "PaymentProcessed" }
func (PaymentFailed) EventType() string    { return "PaymentFailed" }
func (PaymentRefunded) EventType() string  { return "PaymentRefunded" }

func (e PaymentProcessed) Subject() string { return string(e.OrderID) }
func (e PaymentFailed) Subject() string    { return string(e.OrderID) }
func (e PaymentRefunded) Subject() string  { return string(e.OrderID) }
