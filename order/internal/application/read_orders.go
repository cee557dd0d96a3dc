package application

import (
	"context"

	"orders.internal/order/internal/domain"
)

// ReadOrders shows orders.
type ReadOrders struct {
	orders Orders
}

// NewReadOrders returns the use case.
func NewReadOrders(orders Orders) *ReadOrders { return &ReadOrders{orders: orders} }

// ByID returns one order, or errs.NotFound when the customer ("": anybody) has
// none with this id.
func (uc *ReadOrders) ByID(ctx context.Context, id domain.OrderID, customer string) (*domain.Order, error) {
	order, err := uc.orders.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	if !order.BelongsTo(customer) {
		return nil, NoSuchOrder(id)
	}
	return order, nil
}

// List returns the orders that match, newest first.
func (uc *ReadOrders) List(ctx context.Context, f Filter) ([]*domain.Order, error) {
	if f.Reason != "" && f.Status != "" {
		if f.Status != domain.Cancelled {
			return nil, nil // and no search through all orders for what can't be
		}
		f.Status = "" // the reason says it
	}
	return uc.orders.List(ctx, f)
}
