package application

import (
	"context"
	"errors"

	"orders.internal/payment/internal/domain"
)

func (uc *SettlePayment) charge(ctx context.Context, p *domain.Payment) (answer, error) {
	s := p.Snapshot()
	transactionID, err := uc.gateway.Charge(ctx,
		Charge{Key: p.ChargeKey(), OrderID: s.OrderID, Amount: s.Amount, Method: s.Method},
		Attempts{Left: p.AttemptsLeft(), Failed: func(ctx context.Context) error { return uc.countFailure(ctx, s.OrderID) }})
	switch {
	case err == nil:
		return func(p *domain.Payment) error { return p.RecordCharge(transactionID, uc.now()) }, nil
	case errors.Is(err, ErrDeclined):
		return func(p *domain.Payment) error { return p.RecordDecline(uc.now()) }, nil
	case errors.Is(err, ErrKeyCancelled): // by another worker, which may not have recorded it yet
		return func(p *domain.Payment) error { return p.RecordCancelled(uc.now()) }, nil
	case errors.Is(err, ErrAttemptsExhausted): // they are counted already; Cancel comes next
		return func(*domain.Payment) error { return nil }, nil
	}
	return nil, err
}

// countFailure commits each failed attempt before the next one, so that a crash
// doesn't start the count over.
func (uc *SettlePayment) countFailure(ctx context.Context, id domain.OrderID) error {
	return uc.payments.Update(ctx, id, func(p *domain.Payment) error {
		p.RecordFailedAttempt(uc.now())
		return nil
	})
}

func (uc *SettlePayment) cancel(ctx context.Context, p *domain.Payment) (answer, error) {
	transactionID, err := uc.gateway.Cancel(ctx, p.ChargeKey(), p.OrderID())
	if err != nil {
		return nil, err
	}
	return func(p *domain.Payment) error {
		if transactionID != "" {
			return p.RecordAlreadyCharged(transactionID, uc.now())
		}
		return p.RecordCancelled(uc.now())
	}, nil
}

func (uc *SettlePayment) refund(ctx context.Context, p *domain.Payment) (answer, error) {
	s := p.Snapshot()
	refundID, err := uc.gateway.Refund(ctx,
		Refund{Key: p.RefundKey(), OrderID: s.OrderID, TransactionID: s.TransactionID, Amount: s.Amount})
	if err != nil {
		return nil, err
	}
	return func(p *domain.Payment) error { return p.RecordRefund(refundID, uc.now()) }, nil
}
