package application

import (
	"context"
	"time"

	"orders.internal/order/internal/domain"
)

// RecordRefund notes that the customer got the charge back.
type RecordRefund struct {
	orders Orders
	now    func() time.Time
}

// NewRecordRefund returns the use case.
func NewRecordRefund(orders Orders, now func() time.Time) *RecordRefund {
	return &RecordRefund{orders: orders, now: now}
}

// Do takes the time of the refund from this service's clock, as all times of an
// order: by the publisher's, the order could seem to be refunded before it was
// cancelled. The timeline has the publisher's. It fails with errs.UnknownOrder when
// there is no such order.
func (uc *RecordRefund) Do(ctx context.Context, id domain.OrderID, seen domain.Observation) error {
	return followSaga(ctx, uc.orders.Update, id, seen, func(o *domain.Order) { o.RecordRefund(uc.now()) })
}
