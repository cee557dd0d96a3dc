package harness

import (
	"context"

	"orders.internal/order/internal/application"
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
	Timeline []string // the ids of its events, as the service shows them
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
		for _, e := range s.timeline(r.ID) {
			o.Timeline = append(o.Timeline, e.Event.EventID)
		}
		orders = append(orders, o)
	}
	return orders
}

func (s *Store) timeline(id domain.OrderID) []application.Entry {
	entries, err := application.NewReadTimeline(&s.journal).Do(context.Background(), id)
	if err != nil {
		panic(err) // a placed order has an event
	}
	return entries
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
