package rabbitmq

import (
	"fmt"

	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
)

// ToData maps the inventory's events to the wire contract.
func ToData(happened event.Event) (contracts.Data, error) {
	switch e := happened.(type) {
	case domain.InventoryReserved:
		return contracts.InventoryReserved{
			OrderID: string(e.OrderID), CustomerID: e.CustomerID, Items: toItems(e.Items),
			TotalAmount: e.TotalAmount, PaymentMethod: e.PaymentMethod,
		}, nil
	case domain.InventoryUnavailable:
		return contracts.InventoryUnavailable{OrderID: string(e.OrderID), Shortages: toShortages(e.Shortages)}, nil
	case domain.InventoryReleased:
		return contracts.InventoryReleased{OrderID: string(e.OrderID), Items: toItems(e.Items)}, nil
	}
	return nil, fmt.Errorf("%T is no event of the inventory", happened)
}

func toItems(items []domain.Item) []contracts.Item {
	wire := make([]contracts.Item, len(items))
	for i, item := range items {
		wire[i] = contracts.Item{ProductID: string(item.ProductID), Quantity: item.Quantity}
	}
	return wire
}

func toShortages(shortages []domain.Shortage) []contracts.Shortage {
	wire := make([]contracts.Shortage, len(shortages))
	for i, s := range shortages {
		wire[i] = contracts.Shortage{ProductID: string(s.ProductID), Requested: s.Requested, Available: s.Available}
	}
	return wire
}
