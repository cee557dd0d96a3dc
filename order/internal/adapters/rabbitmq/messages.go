package rabbitmq

import (
	"fmt"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
)

// ToData maps the order's events to the wire contract.
func ToData(happened event.Event) (contracts.Data, error) {
	switch e := happened.(type) {
	case domain.OrderCreated:
		return contracts.OrderCreated{
			OrderID: string(e.OrderID), CustomerID: e.CustomerID, Items: toItems(e.Items),
			TotalAmount: e.Total, PaymentMethod: e.PaymentMethod,
		}, nil
	case domain.OrderConfirmed:
		return contracts.OrderConfirmed{OrderID: string(e.OrderID), CustomerID: e.CustomerID, TotalAmount: e.Total}, nil
	case domain.OrderCancelled:
		return contracts.OrderCancelled{
			OrderID: string(e.OrderID), CustomerID: e.CustomerID, Reason: string(e.Reason), Detail: e.Detail,
		}, nil
	}
	return nil, fmt.Errorf("%T is no event of the order service", happened)
}

func toItems(items []domain.Item) []contracts.Item {
	wire := make([]contracts.Item, len(items))
	for i, item := range items {
		wire[i] = contracts.Item(item)
	}
	return wire
}
