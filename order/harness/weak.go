package harness

import (
	"context"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/simkit"
)

// weakened returns the store without the given protection.
func weakened(s *Store, missing simkit.Protection) application.Orders {
	switch missing {
	case simkit.OrderTransitions:
		return reopening{s}
	case simkit.FirstReason:
		return rewriting{s}
	}
	return s
}

// reopening makes every change believe that the order has not ended yet.
type reopening struct{ *Store }

func (s reopening) Update(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	if stored, found := s.orders.Get(id); found {
		stored.Status, stored.Reason = domain.Pending, ""
		s.orders.Put(id, stored)
	}
	return s.Store.Update(ctx, id, change)
}

func (s reopening) UpdateSoon(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	return s.Update(ctx, id, change)
}

// rewriting gives a cancelled order the reason of each later cancellation.
type rewriting struct{ *Store }

func (s rewriting) Update(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	err := s.Store.Update(ctx, id, change)
	stored, _ := s.orders.Get(id)
	if stored.Status != domain.Cancelled {
		return err
	}
	pending := stored.Snapshot
	pending.Status = domain.Pending
	o := domain.Restore(pending)
	if change(o) == nil && o.Snapshot().Status == domain.Cancelled {
		stored.Reason = o.Snapshot().Reason
		s.orders.Put(id, stored)
	}
	return err
}

func (s rewriting) UpdateSoon(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	return s.Update(ctx, id, change)
}
