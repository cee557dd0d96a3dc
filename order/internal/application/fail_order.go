package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
)

// FailOrder cancels an order because another service could not do its part.
type FailOrder struct {
	orders Orders
	pace   *Pace
	now    func() time.Time
}

// NewFailOrder returns the use case.
func NewFailOrder(orders Orders, pace *Pace, now func() time.Time) *FailOrder {
	return &FailOrder{orders: orders, pace: pace, now: now}
}

// Do cancels for the given reason; detail is for people. It fails with
// errs.UnknownOrder when there is no such order.
func (uc *FailOrder) Do(ctx context.Context, id domain.OrderID, seen domain.Observation, reason domain.CancellationReason, detail string) error {
	return endBySaga(ctx, uc.orders, uc.pace, id, seen, uc.now, func(o *domain.Order) { o.Cancel(reason, detail, uc.now()) })
}
