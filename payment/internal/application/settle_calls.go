package application

import (
	"context"
	"errors"

	"orders.internal/payment/internal/domain"
)

// charge also returns the payment as it was last saved.
func (uc *SettlePayment) charge(ctx context.Context, p *domain.Payment) (known *domain.Payment, record answer, err error) {
	s, known := p.Snapshot(), p
	transactionID, err := uc.gateway.Charge(ctx,
		Charge{Key: p.ChargeKey(), OrderID: s.OrderID, Amount: s.Amount, Method: s.Method},
		Attempts{Left: p.AttemptsLeft(), Failed: func(ctx context.Context) error {
			counted, err := uc.countFailure(ctx, known)
			if err == nil {
				known = counted
			}
			return err
		}})
	switch {
	case err == nil:
		return known, func(p *domain.Payment) error { return p.RecordCharge(transactionID, uc.now()) }, nil
	case errors.Is(err, ErrDeclined):
		return known, func(p *domain.Payment) error { return p.RecordDecline(uc.now()) }, nil
	case errors.Is(err, ErrKeyCancelled): // by another worker, which may not have recorded it yet
		return known, func(p *domain.Payment) error { return p.RecordCancelled(uc.now()) }, nil
	case errors.Is(err, ErrAttemptsExhausted): // they are counted already; Cancel comes next
		return known, func(*domain.Payment) error { return nil }, nil
	}
	return known, nil, err
}

// countFailure commits each failed attempt before the next one, so that a crash
// doesn't start the count over.
func (uc *SettlePayment) countFailure(ctx context.Context, known *domain.Payment) (*domain.Payment, error) {
	return uc.update(ctx, known, func(p *domain.Payment) error {
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
