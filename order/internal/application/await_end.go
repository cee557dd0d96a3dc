package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
)

// lookTimeout bounds one look at the store by what has no deadline of its own.
const lookTimeout = 5 * time.Second

// AwaitEnd waits until an order has ended.
type AwaitEnd struct {
	orders Orders
	feed   Feed
}

// NewAwaitEnd returns the use case.
func NewAwaitEnd(orders Orders, feed Feed) *AwaitEnd { return &AwaitEnd{orders: orders, feed: feed} }

// Do returns the order as soon as it has ended, and as it is then when ctx ends
// before that: ctx is for how long the caller would wait. Its error is
// errs.Unavailable; what the caller knows of the order is still true then.
func (uc *AwaitEnd) Do(ctx context.Context, id domain.OrderID) (*domain.Order, error) {
	subscription, err := uc.feed.Subscribe(ctx, Selection{OrderID: id})
	if err != nil {
		return nil, err
	}
	defer subscription.Close()
	// What has happened before the subscription doesn't come through it.
	order, err := uc.look(ctx, id)
	if err != nil || order.Snapshot().Status.Terminal() {
		return order, err
	}
	waitForEnd(ctx, subscription)
	return uc.look(ctx, id)
}

// waitForEnd also returns when the subscription ends: waiting is a courtesy.
func waitForEnd(ctx context.Context, s Subscription) {
	for {
		select {
		case e := <-s.Entries():
			if e.Status.Terminal() {
				return
			}
		case <-s.Ended():
			return
		case <-ctx.Done():
			return
		}
	}
}

func (uc *AwaitEnd) look(ctx context.Context, id domain.OrderID) (*domain.Order, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
	defer cancel()
	return uc.orders.ByID(ctx, id)
}
