package application

import (
	"context"

	"orders.internal/order/internal/domain"
)

// RecordRefund notes that the customer got the charge back.
type RecordRefund struct {
	orders Orders
}

// NewRecordRefund returns the use case.
func NewRecordRefund(orders Orders) *RecordRefund { return &RecordRefund{orders: orders} }

// Do fails with errs.UnknownOrder when there is no such order.
func (uc *RecordRefund) Do(ctx context.Context, id domain.OrderID, seen domain.Observation) error {
	return followSaga(ctx, uc.orders, id, seen, func(o *domain.Order) { o.RecordRefund(seen.OccurredAt) })
}
