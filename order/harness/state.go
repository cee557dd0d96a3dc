package harness

import (
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/money"
)

// Order is what there is to see of an order.
type Order struct {
	ID       string
	Status   string
	Reason   string         // why it was cancelled
	Items    map[string]int // pieces of each product
	Total    money.Amount
	Refunded bool     // refunded_at is set
	Timeline []string // the ids of its events
	Expiry   Expiry   // of one that took too long
}

// Orders returns all orders in the order of their placing.
func (s *Store) Orders() (orders []Order) {
	for r := range s.orders.All() {
		o := Order{
			ID: string(r.ID), Status: string(r.Status), Reason: string(r.Reason),
			Items: map[string]int{}, Total: r.Total, Refunded: !r.RefundedAt.IsZero(),
		}
		for _, item := range r.Items {
			o.Items[item.ProductID] += item.Quantity
		}
		o.Expiry = s.expiries[r.ID]
		for _, line := range r.timeline {
			o.Timeline = append(o.Timeline, line.EventID)
		}
		orders = append(orders, o)
	}
	return orders
}

// Busy reports whether an order waits for its end.
func (s *Store) Busy() bool {
	for r := range s.orders.All() {
		if r.Status == domain.Pending {
			return true
		}
	}
	return false
}
