package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// PlaceOrder takes a customer's order and begins its saga.
type PlaceOrder struct {
	orders  Orders
	backlog Backlog
	newID   func() domain.OrderID
	now     func() time.Time
}

// NewPlaceOrder returns the use case.
func NewPlaceOrder(orders Orders, backlog Backlog, newID func() domain.OrderID, now func() time.Time) *PlaceOrder {
	return &PlaceOrder{orders: orders, backlog: backlog, newID: newID, now: now}
}

// Do saves the order, durably, before it returns it. It fails with errs.Invalid
// when the placement breaks a rule, and with errs.Unavailable when the store is
// away or too many events wait to be published already.
func (uc *PlaceOrder) Do(ctx context.Context, p domain.Placement) (*domain.Order, error) {
	if uc.backlog.Full() {
		return nil, errs.New(errs.Unavailable, "too many orders wait for the message broker")
	}
	order, err := domain.Place(uc.newID(), p, uc.now())
	if err != nil {
		return nil, err
	}
	if err := uc.orders.Add(ctx, order); err != nil {
		return nil, err
	}
	return order, nil
}
