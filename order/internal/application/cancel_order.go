package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
)

// CancelOrder cancels an order at its customer's request, or an operator's.
type CancelOrder struct {
	orders Orders
	pace   *Pace
	now    func() time.Time
}

// NewCancelOrder returns the use case.
func NewCancelOrder(orders Orders, pace *Pace, now func() time.Time) *CancelOrder {
	return &CancelOrder{orders: orders, pace: pace, now: now}
}

// Do returns the cancelled order, whoever cancelled it and however often it is
// asked. It fails with errs.Conflict when the order is complete, and with
// errs.NotFound when the customer ("": anybody) has none with this id.
func (uc *CancelOrder) Do(ctx context.Context, id domain.OrderID, customer string) (*domain.Order, error) {
	var cancelled *domain.Order
	var pending bool
	err := uc.orders.Update(ctx, id, func(o *domain.Order) error {
		if !o.BelongsTo(customer) {
			return NoSuchOrder(id)
		}
		cancelled, pending = o, o.Snapshot().Status == domain.Pending
		return o.CancelByCustomer(uc.now())
	})
	if err != nil {
		return nil, err
	}
	if pending {
		uc.pace.Cancelled()
	}
	return cancelled, nil
}
