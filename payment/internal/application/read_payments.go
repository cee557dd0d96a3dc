package application

import (
	"context"

	"orders.internal/payment/internal/domain"
)

// ReadPayments shows payments.
type ReadPayments struct {
	payments Payments
}

// NewReadPayments returns the use case.
func NewReadPayments(payments Payments) *ReadPayments { return &ReadPayments{payments: payments} }

// ByID returns the payment of an order, or errs.NotFound.
func (uc *ReadPayments) ByID(ctx context.Context, id domain.OrderID) (*domain.Payment, error) {
	return uc.payments.ByID(ctx, id)
}

// List returns the payments that match, newest first.
func (uc *ReadPayments) List(ctx context.Context, f Filter) ([]*domain.Payment, error) {
	return uc.payments.List(ctx, f)
}
