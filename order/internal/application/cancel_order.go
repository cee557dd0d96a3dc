package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
)

// CancelOrder cancels an order at the customer's request.
type CancelOrder struct {
	orders Orders
	now    func() time.Time
}

// NewCancelOrder returns the use case.
func NewCancelOrder(orders Orders, now func() time.Time) *CancelOrder {
	return &CancelOrder{orders: orders, now: now}
}

// Do returns the cancelled order, whoever cancelled it and however often it is
// asked. It fails with errs.Conflict when the order is complete, and with
// errs.NotFound when there is none.
func (uc *CancelOrder) Do(ctx context.Context, id domain.OrderID) (*domain.Order, error) {
	var cancelled *domain.Order
	err := uc.orders.Update(ctx, id, func(o *domain.Order) error {
		cancelled = o
		return o.CancelByCustomer(uc.now())
	})
	if err != nil {
		return nil, err
	}
	return cancelled, nil
}
