// Package rabbitmq connects the notification service to the saga: messages of
// the other services become notifications. It publishes nothing.
package rabbitmq

import (
	"context"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/rabbitkit"
)

// NewHandler returns the handler of the queue notification.events. Events that
// customers aren't told of are acknowledged without effect.
func NewHandler(record *application.RecordNotification) rabbitkit.Handler {
	return func(ctx context.Context, m contracts.Message) error {
		o := domain.Occurrence{EventID: m.ID, OrderID: domain.OrderID(m.Data.Subject())}
		switch data := m.Data.(type) {
		case contracts.OrderConfirmed:
			o.Type, o.CustomerID, o.Amount = domain.OrderConfirmed, data.CustomerID, data.TotalAmount
		case contracts.OrderCancelled:
			o.Type, o.CustomerID, o.Reason = domain.OrderCancelled, data.CustomerID, data.Reason
		case contracts.PaymentProcessed:
			o.Type, o.CustomerID, o.Amount = domain.PaymentProcessed, data.CustomerID, data.Amount
		case contracts.PaymentFailed:
			o.Type, o.CustomerID, o.Amount = domain.PaymentFailed, data.CustomerID, data.Amount
		case contracts.PaymentRefunded:
			o.Type, o.CustomerID, o.Amount = domain.PaymentRefunded, data.CustomerID, data.Amount
		default:
			return nil
		}
		return record.Do(ctx, o)
	}
}
