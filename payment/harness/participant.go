package harness

import (
	"context"
	"errors"
	"time"

	"orders.internal/payment/internal/adapters/rabbitmq"
	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/simkit"
)

// lease is for how long a claimed payment belongs to its worker.
const lease = 10 * time.Second

// Participant is one process of the service.
type Participant struct {
	store    *Store
	gateway  *Gateway
	payments application.Payments
	hands    simkit.Hands[application.Claimed]
	claim    *application.ClaimDue
	handle   rabbitkit.Handler
}

// New returns a process that works on the store, without the given protection.
func New(store *Store, gateway *Gateway, missing simkit.Protection) *Participant {
	now, payments := store.world.Now, weakened(store, missing)
	p := &Participant{
		store:    store,
		gateway:  gateway,
		payments: payments,
		hands:    simkit.Hands[application.Claimed]{World: store.world},
		claim:    application.NewClaimDue(payments, lease, now),
	}
	p.handle = rabbitmq.NewHandler(application.NewRequestPayment(payments, &p.hands, lease, now), application.NewCancelPayment(payments, now))
	return p
}

// Handle is the handler of the service's queue.
func (p *Participant) Handle(ctx context.Context, m contracts.Message) error { return p.handle(ctx, m) }

// Due reports whether the worker was given a payment, or would find one to settle now.
func (p *Participant) Due() bool {
	if len(p.hands.Given) > 0 {
		return true
	}
	now := p.store.world.Now()
	for r := range p.store.payments.All() {
		if r.isDue(now) {
			return true
		}
	}
	return false
}

// Work settles a payment that was given, or the one that is due the longest, as one
// hand of the worker.
func (p *Participant) Work(ctx context.Context) error {
	if c, found := p.hands.Next(); found {
		return p.settle(event.WithOrigin(ctx, c.Origin), c.Payment)
	}
	due, err := p.claim.Do(ctx, 1)
	for _, d := range due {
		err = errors.Join(err, p.settle(event.WithOrigin(ctx, d.Origin), d.Payment))
	}
	return err
}

// settle is the work on one claim.
func (p *Participant) settle(ctx context.Context, claimed *domain.Payment) error {
	gateway := newTried(p.gateway, p.store, claimed.Snapshot())
	return application.NewSettlePayment(p.payments, gateway, p.store.world.Now).Do(ctx, claimed)
}
