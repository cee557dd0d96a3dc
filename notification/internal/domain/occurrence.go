package domain

import (
	"fmt"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/money"
)

// OrderID names an order; for this service it is opaque.
type OrderID string

// Type is the type of an event that a customer is told of.
type Type string

// The types, in the words of the wire contract.
const (
	OrderConfirmed   Type = "OrderConfirmed"
	OrderCancelled   Type = "OrderCancelled"
	PaymentProcessed Type = "PaymentProcessed"
	PaymentFailed    Type = "PaymentFailed"
	PaymentRefunded  Type = "PaymentRefunded"
)

// Occurrence is something that happened to a customer's order.
type Occurrence struct {
	EventID    string
	OrderID    OrderID
	CustomerID string
	Type       Type
	Amount     money.Amount // of the sale, the charge or the refund
	Reason     string       // why the order was cancelled
}

// text is what the customer reads. Of a type that customers aren't told of it is
// errs.Invalid.
func (o Occurrence) text() (string, error) {
	switch o.Type {
	case OrderConfirmed:
		return fmt.Sprintf("Your order %s is confirmed. Its total is %s.", o.OrderID, o.Amount), nil
	case OrderCancelled:
		return fmt.Sprintf("Your order %s was cancelled%s.", o.OrderID, becauseOf[o.Reason]), nil
	case PaymentProcessed:
		return fmt.Sprintf("We received your payment of %s for order %s.", o.Amount, o.OrderID), nil
	case PaymentFailed:
		return fmt.Sprintf("Your payment of %s for order %s did not go through. You were not charged.", o.Amount, o.OrderID), nil
	case PaymentRefunded:
		return fmt.Sprintf("We have refunded %s for order %s.", o.Amount, o.OrderID), nil
	}
	return "", errs.New(errs.Invalid, "customers are not told of %q", o.Type)
}

// becauseOf says a cancellation's reason to the customer. Reasons may be added
// by the order service; one that isn't listed goes without saying.
var becauseOf = map[string]string{
	"INVENTORY_UNAVAILABLE": " because not all of it is in stock",
	"PAYMENT_FAILED":        " because the payment did not go through",
	"TIMEOUT":               " because it could not be completed in time",
	"CUSTOMER_REQUEST":      " as you asked",
}
