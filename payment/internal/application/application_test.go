package application

import (
	"context"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/payment/internal/domain"
)

const order domain.OrderID = "order-1"

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func now() time.Time { return start }

// pending returns a claimed payment after some failed attempts.
func pending(attempts int) domain.Snapshot {
	return domain.Snapshot{
		OrderID: order, CustomerID: "customer-1", Amount: 15000, Method: "card", Status: domain.Pending,
		Claimed: true, Attempts: attempts, DueAt: start, CreatedAt: start, UpdatedAt: start,
	}
}

// outside is the use cases' outside: mocks, and behind the mocked repository
// one stored payment.
type outside struct {
	payments *MockPayments
	gateway  *MockGateway
	hands    *MockHands
	stored   domain.Snapshot
	wrong    int // how often something else was stored than was believed
}

func newOutside(t *testing.T, stored domain.Snapshot) *outside {
	ctrl := gomock.NewController(t)
	return &outside{payments: NewMockPayments(ctrl), gateway: NewMockGateway(ctrl), hands: NewMockHands(ctrl), stored: stored}
}

// expectUpdates has the mocked repository save what is changed.
func (o *outside) expectUpdates(times int) {
	o.payments.EXPECT().Update(gomock.Any(), order, gomock.Any()).Times(times).DoAndReturn(o.update)
}

// expectKnown has it save what is changed of what is known.
func (o *outside) expectKnown(times int) {
	o.payments.EXPECT().UpdateKnown(gomock.Any(), gomock.Any(), gomock.Any()).Times(times).DoAndReturn(o.updateKnown)
}

func (o *outside) update(_ context.Context, _ domain.OrderID, change func(*domain.Payment) error) error {
	p := domain.Restore(o.stored)
	if err := change(p); err != nil {
		return err
	}
	o.stored = p.Snapshot()
	return nil
}

func (o *outside) updateKnown(ctx context.Context, known *domain.Payment, change func(*domain.Payment) error) error {
	if believed := known.Snapshot(); believed != o.stored {
		o.wrong++
		_ = change(domain.Restore(believed)) // it doesn't count
	}
	return o.update(ctx, known.OrderID(), change)
}

func (o *outside) settle(ctx context.Context) error {
	return NewSettlePayment(o.payments, o.gateway, now).Do(ctx, domain.Restore(o.stored))
}
