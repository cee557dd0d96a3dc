package application

import (
	"context"
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

// Expired is what came of a look for overdue orders.
type Expired struct {
	Cancelled int
	More      bool    // there may be more to cancel right now
	Failed    []error // one for each order that can't be cancelled
}

// Each calls do with every number below n, in any order or at the same time, and returns when
// all calls have.
type Each func(n int, do func(i int))

// Do cancels what has been pending for longer than the timeout, the oldest 500 at most. Only
// time in which the service could follow its sagas counts: an order must not fail because the
// service itself was away. Several replicas may do this at once; an order's first end wins. An
// order that can't be cancelled keeps none of the others of its look; it is tried again at the
// next. The error is that of an outage: the store didn't answer, or not for all of them.
func (uc *ExpireOrders) Do(ctx context.Context, worked *WorkingTime, each Each) (Expired, error) {
	deadline, enough := worked.Ago(uc.timeout)
	if !enough {
		return Expired{}, nil
	}
	overdue, err := uc.orders.Overdue(ctx, deadline, expireBatch)
	if err != nil {
		return Expired{}, err
	}
	cancelled, failed := make([]bool, len(overdue)), make([]error, len(overdue))
	each(len(overdue), func(i int) { cancelled[i], failed[i] = uc.expire(ctx, overdue[i]) })
	var expired Expired
	var outage error
	for i, err := range failed {
		switch {
		case cancelled[i]:
			expired.Cancelled++
		case err == nil: // it has ended meanwhile
		case errs.Is(err, errs.Unavailable) || ctx.Err() != nil:
			outage = err
		default:
			expired.Failed = append(expired.Failed, fmt.Errorf("cancel order %s: %w", overdue[i], err))
		}
	}
	expired.More = expired.Cancelled > 0 && len(overdue) == expireBatch
	return expired, outage
}

func (uc *ExpireOrders) expire(ctx context.Context, id domain.OrderID) (cancelled bool, err error) {
	var did bool // by then it may have ended
	err = uc.orders.Update(ctx, id, func(o *domain.Order) error {
		did = o.Cancel(domain.TimedOut, "the order took longer than "+uc.timeout.String(), uc.now())
		return nil
	})
	if err != nil {
		return false, err // did may still change, where the store gave up waiting
	}
	return did, nil
}
