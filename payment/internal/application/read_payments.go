package application

import (
	"context"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
)

// ReadPayments shows payments.
type ReadPayments struct {
	payments Payments
}

// NewReadPayments returns the use case.
func NewReadPayments(payments Payments) *ReadPayments { return &ReadPayments{payments: payments} }

// ByID returns the payment of an order, or errs.NotFound when the customer ("":
// anybody) has none for such an order: somebody else's looks the same as none.
func (uc *ReadPayments) ByID(ctx context.Context, id domain.OrderID, customer string) (*domain.Payment, error) {
	payment, err := uc.payments.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	if !payment.BelongsTo(customer) {
		return nil, errs.New(errs.NotFound, "there is no payment of order %q", id)
	}
	return payment, nil
}

// List returns the payments that match, newest first.
func (uc *ReadPayments) List(ctx context.Context, f Filter) ([]*domain.Payment, error) {
	return uc.payments.List(ctx, f)
}
