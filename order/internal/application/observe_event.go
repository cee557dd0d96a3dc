package application

import (
	"context"

	"orders.internal/order/internal/domain"
)

// ObserveEvent keeps an event that changes nothing about the order but belongs
// to its timeline.
type ObserveEvent struct {
	orders Orders
}

// NewObserveEvent returns the use case.
func NewObserveEvent(orders Orders) *ObserveEvent { return &ObserveEvent{orders: orders} }

// Do fails with errs.UnknownOrder when there is no such order.
func (uc *ObserveEvent) Do(ctx context.Context, id domain.OrderID, seen domain.Observation) error {
	return followSaga(ctx, uc.orders.UpdateSoon, id, seen, func(*domain.Order) {})
}
