// Package rabbitmq connects the inventory to the saga: messages of the order
// service become use cases, its own events become messages.
package rabbitmq

import (
	"context"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/rabbitkit"
)

// UseCases are what messages lead to.
type UseCases struct {
	Reserve *application.ReserveStock
	Release *application.ReleaseStock
	Commit  *application.CommitStock
}

// NewHandler returns the handler of the queue inventory.events. Events that the
// inventory has no interest in are acknowledged without effect.
func NewHandler(do UseCases) rabbitkit.Handler {
	return func(ctx context.Context, m contracts.Message) error {
		switch data := m.Data.(type) {
		case contracts.OrderCreated:
			return do.Reserve.Do(ctx, toOrder(data))
		case contracts.OrderCancelled:
			return do.Release.Do(ctx, domain.OrderID(data.OrderID))
		case contracts.OrderConfirmed:
			return do.Commit.Do(ctx, domain.OrderID(data.OrderID))
		}
		return nil
	}
}

func toOrder(data contracts.OrderCreated) domain.Order {
	items := make([]domain.Item, len(data.Items))
	for i, item := range data.Items {
		items[i] = domain.Item{ProductID: domain.ProductID(item.ProductID), Quantity: item.Quantity}
	}
	return domain.Order{
		ID: domain.OrderID(data.OrderID), CustomerID: data.CustomerID, Items: items,
		TotalAmount: data.TotalAmount, PaymentMethod: data.PaymentMethod,
	}
}
