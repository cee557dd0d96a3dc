package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orders.internal/payment/internal/domain"
)

// SettlePayment makes the calls that a claimed payment needs, one after the
// other, and records each answer before the next call.
type SettlePayment struct {
	payments Payments
	gateway  Gateway
	now      func() time.Time
}

// NewSettlePayment returns the use case.
func NewSettlePayment(payments Payments, gateway Gateway, now func() time.Time) *SettlePayment {
	return &SettlePayment{payments: payments, gateway: gateway, now: now}
}

// answer is what a gateway's answer does to the payment.
type answer func(*domain.Payment) error

// Do returns nil when no call is left to make. After a call with no answer it
// postpones the payment and returns why; when it can't even do that, or ctx
// ends, the payment becomes due again with the end of its claim's lease.
// errs.Contradiction means that the gateway broke its contract.
func (uc *SettlePayment) Do(ctx context.Context, claimed *domain.Payment) error {
	p := claimed
	for call := p.NextCall(); call != domain.NoCall; call = p.NextCall() {
		known, record, err := uc.ask(ctx, call, p)
		if err != nil {
			return uc.postpone(ctx, known, call, err)
		}
		if p, err = uc.update(ctx, known, record); err != nil {
			return fmt.Errorf("record the answer to %s: %w", call, err)
		}
	}
	return nil
}

// ask returns the payment, too, as far as it is known after the call: failed
// attempts are saved during a charge.
func (uc *SettlePayment) ask(ctx context.Context, call domain.Call, p *domain.Payment) (known *domain.Payment, record answer, err error) {
	switch call {
	case domain.ChargeCall:
		return uc.charge(ctx, p)
	case domain.CancelCall:
		record, err = uc.cancel(ctx, p)
	default:
		record, err = uc.refund(ctx, p)
	}
	return p, record, err
}

// postpone gives the reason back, joined with what kept it from being noted.
func (uc *SettlePayment) postpone(ctx context.Context, known *domain.Payment, call domain.Call, reason error) error {
	reason = fmt.Errorf("%s: %w", call, reason)
	if ctx.Err() != nil {
		return reason
	}
	var heldBack *HeldBackError
	var atLeast time.Duration
	if errors.As(reason, &heldBack) {
		atLeast = heldBack.RetryAfter
	}
	_, err := uc.update(ctx, known, func(p *domain.Payment) error {
		p.Postpone(call, atLeast, uc.now())
		return nil
	})
	return errors.Join(reason, err)
}

// update returns what was saved of the change. After an error it doesn't look at what
// change left: it may still be running, when ctx ended.
func (uc *SettlePayment) update(ctx context.Context, known *domain.Payment, change answer) (*domain.Payment, error) {
	var saved *domain.Payment
	err := uc.payments.UpdateKnown(ctx, known, func(p *domain.Payment) error {
		saved = p
		return change(p)
	})
	if err != nil {
		return nil, err
	}
	return saved, nil
}
