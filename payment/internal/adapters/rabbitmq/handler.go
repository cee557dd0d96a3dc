// Package rabbitmq connects the payment service to the saga: messages of other
// services become use cases, its own events become messages.
package rabbitmq

import (
	"context"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/rabbitkit"
)

// NewHandler returns the handler of the queue payment.events. Events that the
// payment service has no interest in are acknowledged without effect.
func NewHandler(request *application.RequestPayment, cancel *application.CancelPayment) rabbitkit.Handler {
	return func(ctx context.Context, m contracts.Message) error {
		id := domain.OrderID(m.Data.Subject())
		switch data := m.Data.(type) {
		case contracts.InventoryReserved:
			return request.Do(ctx, id, data.CustomerID, data.TotalAmount, data.PaymentMethod)
		case contracts.OrderCancelled:
			return cancel.Do(ctx, id)
		}
		return nil
	}
}
