package application

import (
	"context"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// FollowOrders hands on what happened to orders since a position, and then what
// happens to them, as it happens.
type FollowOrders struct {
	journal Journal
	feed    Feed
	catchUp chan struct{} // a token for each who reads the past
}

// mostCatchUp is how many read the past at a time. When a crowd comes back after
// a restart, the sagas need the database, too.
const mostCatchUp = 4

// NewFollowOrders returns the use case.
func NewFollowOrders(journal Journal, feed Feed) *FollowOrders {
	return &FollowOrders{journal: journal, feed: feed, catchUp: make(chan struct{}, mostCatchUp)}
}

// All follows all orders. after is the position of the last entry that the caller
// has, nil for one who wants only what is to come. It fails with errs.Invalid
// when there is no such position yet.
func (uc *FollowOrders) All(ctx context.Context, s Selection, after *int64) (*Stream, error) {
	stream := &Stream{from: uc, selection: s, apart: farBehind}
	if after == nil {
		if err := stream.subscribe(ctx); err != nil {
			return nil, err
		}
		stream.caughtUp, stream.position = true, stream.live.Position()
		return stream, nil
	}
	head, err := uc.checkPosition(ctx, *after)
	if err != nil {
		return nil, err
	}
	stream.position, stream.head = *after, head
	return stream, nil
}

// One follows the selected order: from its beginning, when after is nil. It fails
// with errs.NotFound when there is no such order to see, and otherwise as All does.
func (uc *FollowOrders) One(ctx context.Context, s Selection, after *int64) (*Stream, error) {
	stream := &Stream{from: uc, selection: s}
	if after != nil {
		stream.position = *after
		if _, err := uc.checkPosition(ctx, *after); err != nil {
			return nil, err
		}
	}
	if err := stream.subscribe(ctx); err != nil {
		return nil, err
	}
	history, err := uc.journal.OfOrder(ctx, s.OrderID)
	if err == nil && !s.Matches(&history[0]) {
		err = NoSuchOrder(s.OrderID)
	}
	if err != nil {
		stream.Close()
		return nil, err
	}
	stream.caughtUp, stream.history = true, history
	return stream, nil
}

// checkPosition keeps out positions of another time, before a backup was
// restored: whoever has one would wait for the sequence to get there again. It returns
// the last position that there is.
func (uc *FollowOrders) checkPosition(ctx context.Context, position int64) (head int64, err error) {
	head, err = uc.journal.Head(ctx)
	if err == nil && position > head {
		err = errs.New(errs.Invalid, "nothing has the position %d yet", position)
	}
	return head, err
}

// NoSuchOrder is the error for an order that isn't there, or not for the caller.
func NoSuchOrder(id domain.OrderID) error {
	return errs.New(errs.NotFound, "there is no order %q", id)
}
