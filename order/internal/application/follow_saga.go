package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// followSaga applies an event of another service to its order: one more line of
// the timeline, and whatever change the event makes. An order is always stored
// before anybody hears of it, so an event about one that isn't there is
// errs.UnknownOrder and not merely early.
func followSaga(ctx context.Context, update update, id domain.OrderID, seen domain.Observation, change func(*domain.Order)) error {
	err := update(ctx, id, func(o *domain.Order) error {
		o.Observe(seen)
		change(o)
		return nil
	})
	if errs.Is(err, errs.NotFound) {
		return errs.New(errs.UnknownOrder, "%s is about the order %q, which was never placed here", seen.Type, id)
	}
	return err
}

// update is Update of Orders, or UpdateSoon.
type update func(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error

// endBySaga is followSaga for an event that ends a pending order, of which pace is
// told. It is also told of one that comes too late, after the monitor: where all do,
// the queue is longer than ever.
func endBySaga(ctx context.Context, orders Orders, pace *Pace, id domain.OrderID, seen domain.Observation, now func() time.Time, change func(*domain.Order)) error {
	var before, after domain.Snapshot
	err := followSaga(ctx, orders.Update, id, seen, func(o *domain.Order) {
		before = o.Snapshot()
		change(o)
		after = o.Snapshot()
	})
	if err != nil {
		return err
	}
	switch waited := now().Sub(after.CreatedAt); {
	case before.Status == domain.Pending && after.Reason == domain.InventoryUnavailable:
		pace.EndedEarly(waited)
	case before.Status == domain.Pending:
		pace.Ended(waited)
	case before.Reason == domain.TimedOut:
		pace.WouldHaveEnded(waited)
	}
	return nil
}
