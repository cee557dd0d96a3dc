package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
)

// ConfirmOrder completes an order that was paid for.
type ConfirmOrder struct {
	orders Orders
	now    func() time.Time
}

// NewConfirmOrder returns the use case.
func NewConfirmOrder(orders Orders, now func() time.Time) *ConfirmOrder {
	return &ConfirmOrder{orders: orders, now: now}
}

// Do fails with errs.UnknownOrder when there is no such order.
func (uc *ConfirmOrder) Do(ctx context.Context, id domain.OrderID, seen domain.Observation) error {
	return followSaga(ctx, uc.orders, id, seen, func(o *domain.Order) { o.Confirm(uc.now()) })
}
