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
	order, err := uc.newOrder(p)
	if err != nil {
		return nil, err
	}
	if err := uc.orders.Add(ctx, order); err != nil {
		return nil, err
	}
	return order, nil
}

// DoOnce is Do for a request with an idempotency key. When the key's order was
// placed before, that one is returned as it is now, and replayed says so. What
// fails uses no key up. It fails with ErrKeyReused when the key stands for another
// placement.
func (uc *PlaceOrder) DoOnce(ctx context.Context, p domain.Placement, key IdempotencyKey) (placed *domain.Order, replayed bool, err error) {
	order, err := uc.newOrder(p)
	if err != nil {
		return nil, false, err
	}
	key.Request = fingerprint(p)
	if placed, err = uc.orders.AddOnce(ctx, order, key); err != nil {
		return nil, false, err
	}
	return placed, placed.ID() != order.ID(), nil
}

func (uc *PlaceOrder) newOrder(p domain.Placement) (*domain.Order, error) {
	if uc.backlog.Full() {
		return nil, errs.New(errs.Unavailable, "too many orders wait for the message broker")
	}
	return domain.Place(uc.newID(), p, uc.now())
}
