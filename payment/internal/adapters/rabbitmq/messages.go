package rabbitmq

import (
	"fmt"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
)

// ToData maps the payment's events to the wire contract.
func ToData(happened event.Event) (contracts.Data, error) {
	switch e := happened.(type) {
	case domain.PaymentProcessed:
		return contracts.PaymentProcessed{
			OrderID: string(e.OrderID), CustomerID: e.CustomerID, Amount: e.Amount,
			TransactionID: e.TransactionID, Attempts: e.Attempts,
		}, nil
	case domain.PaymentFailed:
		return contracts.PaymentFailed{
			OrderID: string(e.OrderID), CustomerID: e.CustomerID, Amount: e.Amount,
			Reason: string(e.Reason), Attempts: e.Attempts,
		}, nil
	case domain.PaymentRefunded:
		return contracts.PaymentRefunded{
			OrderID: string(e.OrderID), CustomerID: e.CustomerID, Amount: e.Amount, RefundID: e.RefundID,
		}, nil
	}
	return nil, fmt.Errorf("%T is no event of the payment service", happened)
}
