package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
)

// MostOverdue is how many orders one look at the store brings.
const MostOverdue = 500

// ExpireOrders cancels orders whose saga takes too long.
type ExpireOrders struct {
	orders  Orders
	timeout time.Duration
	now     func() time.Time
}

// NewExpireOrders returns the use case; timeout is how long an order may be
// pending.
func NewExpireOrders(orders Orders, timeout time.Duration, now func() time.Time) *ExpireOrders {
	return &ExpireOrders{orders: orders, timeout: timeout, now: now}
}

// Overdue returns orders that have been pending for longer than the timeout, the oldest
// first and at most MostOverdue. Only time in which the service could follow its sagas
// counts: an order must not fail because the service itself was away.
func (uc *ExpireOrders) Overdue(ctx context.Context, worked *WorkingTime) ([]domain.OrderID, error) {
	deadline, enough := worked.Ago(uc.timeout)
	if !enough {
		return nil, nil
	}
	return uc.orders.Overdue(ctx, deadline, MostOverdue)
}

// Cancel cancels an order that was overdue, and reports whether it did: an order that has
// ended meanwhile stays as it is, so several replicas may do this at once.
func (uc *ExpireOrders) Cancel(ctx context.Context, id domain.OrderID) (cancelled bool, err error) {
	err = uc.orders.Update(ctx, id, func(o *domain.Order) error {
		cancelled = o.Cancel(domain.TimedOut, "the order took longer than "+uc.timeout.String(), uc.now())
		return nil
	})
	return cancelled && err == nil, err
}
