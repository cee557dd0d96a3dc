package harness

import (
	"context"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/simkit"
)

// weakened returns the store without the given protection.
func weakened(s *Store, missing simkit.Protection) application.Orders {
	if missing == simkit.OrderTransitions {
		return reopening{s}
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
