package application

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
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

// Expired is what came of a look for overdue orders.
type Expired struct {
	Cancelled int
	More      bool  // there may be more to cancel right now
	Failed    error // why some of them, which the store has answered, are not cancelled
}

// Each calls do with every number below n, in any order or at the same time, and returns when
// all calls have.
type Each func(n int, do func(i int))

// Do cancels what has been pending for longer than the timeout, the oldest 500 at most. Only
// time in which the service could follow its sagas counts: an order must not fail because the
// service itself was away. Several replicas may do this at once; an order's first end wins. An
// order that can't be cancelled keeps none of the others of its look; it is tried again at the
// next. The error is that of the look itself.
func (uc *ExpireOrders) Do(ctx context.Context, worked *WorkingTime, each Each) (Expired, error) {
	deadline, enough := worked.Ago(uc.timeout)
	if !enough {
		return Expired{}, nil
	}
	overdue, err := uc.orders.Overdue(ctx, deadline, expireBatch)
	if err != nil {
		return Expired{}, err
	}
	var cancelled atomic.Int64
	failed := make([]error, len(overdue))
	each(len(overdue), func(i int) {
		switch did, err := uc.expire(ctx, overdue[i]); {
		case err != nil:
			failed[i] = fmt.Errorf("cancel order %s: %w", overdue[i], err)
		case did:
			cancelled.Add(1)
		}
	})
	n := int(cancelled.Load())
	return Expired{Cancelled: n, More: n > 0 && len(overdue) == expireBatch, Failed: errors.Join(failed...)}, ctx.Err()
}

func (uc *ExpireOrders) expire(ctx context.Context, id domain.OrderID) (cancelled bool, err error) {
	var did bool // by then it may have ended
	err = uc.orders.Update(ctx, id, func(o *domain.Order) error {
		did = o.Cancel(domain.TimedOut, "the order took longer than "+uc.timeout.String(), uc.now())
		return nil
	})
	if err != nil {
		return false, err // where the store gave up waiting, did may still change
	}
	return did, nil
}
