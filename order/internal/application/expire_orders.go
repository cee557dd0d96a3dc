package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
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
// many orders that were. Only time in which the service could follow its sagas
// counts: an order must not fail because the service itself was away.
// Several replicas may do this at once; an order's first end wins. An order that
// can't be cancelled keeps none of the others; the error tells of it.
func (uc *ExpireOrders) Do(ctx context.Context, worked *WorkingTime) (expired int, err error) {
	deadline, enough := worked.Ago(uc.timeout)
	if !enough {
		return 0, nil
	}
	for {
		overdue, err := uc.orders.Overdue(ctx, deadline, expireBatch)
		if err != nil {
			return expired, err
		}
		before := expired
		var failed error
		for _, id := range overdue {
			switch err := uc.expire(ctx, id); {
			case err == nil:
				expired++
			case errs.Is(err, errs.Unavailable) || ctx.Err() != nil:
				return expired, err
			default:
				failed = errors.Join(failed, fmt.Errorf("cancel order %s: %w", id, err))
			}
		}
		if len(overdue) < expireBatch || expired == before {
			return expired, failed
		}
	}
}

func (uc *ExpireOrders) expire(ctx context.Context, id domain.OrderID) error {
	return uc.orders.Update(ctx, id, func(o *domain.Order) error {
		o.Cancel(domain.TimedOut, "the order took longer than "+uc.timeout.String(), uc.now())
		return nil
	})
}
