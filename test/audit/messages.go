package audit

import (
	"time"

	"orders.internal/shared-kernel/contracts"
)

// The events as the endpoints tell them, each at the time when it happened. An
// event gets its id when it is published.

func (v view) orderCreated() contracts.Message {
	o := v.order
	return happened(o.CreatedAt, contracts.OrderCreated{
		OrderID: o.ID, CustomerID: o.CustomerID, Items: o.Items, TotalAmount: o.TotalAmount, PaymentMethod: o.PaymentMethod,
	})
}

func (v view) orderConfirmed() contracts.Message {
	o := v.order
	return happened(o.UpdatedAt, contracts.OrderConfirmed{OrderID: o.ID, CustomerID: o.CustomerID, TotalAmount: o.TotalAmount})
}

func (v view) orderCancelled() contracts.Message {
	o := v.order
	return happened(o.UpdatedAt, contracts.OrderCancelled{OrderID: o.ID, CustomerID: o.CustomerID, Reason: o.Reason})
}

func (v view) inventoryReserved() contracts.Message {
	o, r := v.order, v.reservation
	return happened(r.CreatedAt, contracts.InventoryReserved{
		OrderID: o.ID, CustomerID: o.CustomerID, Items: r.Items, TotalAmount: o.TotalAmount, PaymentMethod: o.PaymentMethod,
	})
}

// inventoryUnavailable can't say what was short: that isn't kept, and only
// people read it.
func (v view) inventoryUnavailable() contracts.Message {
	return happened(v.reservation.CreatedAt, contracts.InventoryUnavailable{OrderID: v.order.ID, Shortages: []contracts.Shortage{}})
}

func (v view) paymentProcessed() contracts.Message {
	o, p := v.order, v.payment
	return happened(p.UpdatedAt, contracts.PaymentProcessed{
		OrderID: o.ID, CustomerID: o.CustomerID, Amount: *p.Amount, TransactionID: p.TransactionID, Attempts: p.Attempts,
	})
}

func (v view) paymentFailed() contracts.Message {
	o, p := v.order, v.payment
	return happened(p.UpdatedAt, contracts.PaymentFailed{
		OrderID: o.ID, CustomerID: o.CustomerID, Amount: *p.Amount, Reason: p.FailureReason, Attempts: p.Attempts,
	})
}

func (v view) paymentRefunded() contracts.Message {
	o, p := v.order, v.payment
	return happened(p.UpdatedAt, contracts.PaymentRefunded{
		OrderID: o.ID, CustomerID: o.CustomerID, Amount: *p.Amount, RefundID: p.RefundID,
	})
}

func happened(at time.Time, data contracts.Data) contracts.Message {
	route, _ := contracts.RouteOf(data.EventType())
	return contracts.Message{Source: "/" + route.Publisher, Time: at, Data: data}
}
