package application

import (
	"context"
	"time"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/money"
)

// RequestPayment states the intent to charge an order's customer. The charge
// itself is the work of SettlePayment, after the intent is committed.
type RequestPayment struct {
	payments Payments
	now      func() time.Time
}

// NewRequestPayment returns the use case.
func NewRequestPayment(payments Payments, now func() time.Time) *RequestPayment {
	return &RequestPayment{payments: payments, now: now}
}

// Do does nothing for an order whose payment exists or that was cancelled.
func (uc *RequestPayment) Do(ctx context.Context, id domain.OrderID, customerID string, amount money.Amount, method string) error {
	return uc.payments.Update(ctx, id, func(p *domain.Payment) error {
		return p.Request(customerID, amount, method, uc.now())
	})
}
