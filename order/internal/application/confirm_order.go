package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
)

// ConfirmOrder completes an order that was paid for.
type ConfirmOrder struct {
	orders Orders
	pace   *Pace
	now    func() time.Time
}

// NewConfirmOrder returns the use case.
func NewConfirmOrder(orders Orders, pace *Pace, now func() time.Time) *ConfirmOrder {
	return &ConfirmOrder{orders: orders, pace: pace, now: now}
}

// Do fails with errs.UnknownOrder when there is no such order.
func (uc *ConfirmOrder) Do(ctx context.Context, id domain.OrderID, seen domain.Observation) error {
	return endBySaga(ctx, uc.orders, uc.pace, id, seen, uc.now, func(o *domain.Order) { o.Confirm(uc.now()) })
}
