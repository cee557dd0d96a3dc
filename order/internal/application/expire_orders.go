package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
)

// expireBatch is how many orders one look at the store brings.
const expireBatch = 500

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

// Do cancels what has been pending for longer than the timeout, and returns how
// many orders that were. Only time since the service could follow its sagas
// counts: an order must not fail because the service itself was away.
// Several replicas may do this at once; an order's first end wins.
func (uc *ExpireOrders) Do(ctx context.Context, workingSince time.Time) (expired int, err error) {
	deadline := uc.now().Add(-uc.timeout)
	if workingSince.After(deadline) {
		return 0, nil
	}
	for {
		overdue, err := uc.orders.Overdue(ctx, deadline, expireBatch)
		if err != nil {
			return expired, err
		}
		for _, id := range overdue {
			err := uc.orders.Update(ctx, id, func(o *domain.Order) error {
				o.Cancel(domain.TimedOut, "the order took longer than "+uc.timeout.String(), uc.now())
				return nil
			})
			if err != nil {
				return expired, err
			}
			expired++
		}
		if len(overdue) < expireBatch {
			return expired, nil
		}
	}
}
