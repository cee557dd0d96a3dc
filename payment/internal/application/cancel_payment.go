package application

import (
	"context"
	"time"

	"orders.internal/payment/internal/domain"
)

// CancelPayment sees to it that a cancelled order keeps no charge.
type CancelPayment struct {
	payments Payments
	now      func() time.Time
}

// NewCancelPayment returns the use case.
func NewCancelPayment(payments Payments, now func() time.Time) *CancelPayment {
	return &CancelPayment{payments: payments, now: now}
}

// Do leaves a tombstone when the payment was not requested yet, so that a late
// request charges nothing.
func (uc *CancelPayment) Do(ctx context.Context, id domain.OrderID) error {
	return uc.payments.Update(ctx, id, func(p *domain.Payment) error {
		p.Cancel(uc.now())
		return nil
	})
}
