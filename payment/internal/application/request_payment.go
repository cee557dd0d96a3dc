package application

import (
	"context"
	"time"

	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/money"
)

// RequestPayment states the intent to charge an order's customer. The charge
// itself is the work of SettlePayment, after the intent is committed.
type RequestPayment struct {
	payments Payments
	hands    Hands
	lease    time.Duration
	now      func() time.Time
}

// NewRequestPayment returns the use case. The lease is ClaimDue's.
func NewRequestPayment(payments Payments, hands Hands, lease time.Duration, now func() time.Time) *RequestPayment {
	return &RequestPayment{payments: payments, hands: hands, lease: lease, now: now}
}

// Do does nothing for an order whose payment exists or that was cancelled. A new
// payment that finds a hand free is saved as claimed already, and settled at once:
// it need not be looked for. Others wait in the store until they are claimed.
func (uc *RequestPayment) Do(ctx context.Context, id domain.OrderID, customerID string, amount money.Amount, method string) error {
	taken := uc.hands.Take()
	given := false
	defer func() {
		if taken && !given {
			uc.hands.Return()
		}
	}()
	var claimed *domain.Payment
	err := uc.payments.UpdateKnown(ctx, domain.New(id), func(p *domain.Payment) error {
		claimed = nil
		isNew := p.Status() == domain.None
		if err := p.Request(customerID, amount, method, uc.now()); err != nil {
			return err
		}
		if taken && isNew {
			p.Claim(uc.now().Add(uc.lease))
			claimed = p
		}
		return nil
	})
	if err != nil || claimed == nil {
		return err
	}
	if !leavesTime(claimed.Snapshot().DueAt.Sub(uc.now()), uc.lease) {
		return nil // saving took long: it is claimed when its lease ends
	}
	given = true
	uc.hands.Give(Claimed{Payment: claimed, Origin: event.OriginOf(ctx)})
	return nil
}
