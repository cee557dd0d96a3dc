package harness

import (
	"context"
	"errors"

	"orders.internal/notification/internal/adapters/rabbitmq"
	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/simkit"
)

// Participant is one process of the service.
type Participant struct {
	store         *Store
	mailbox       *Mailbox
	notifications application.Notifications
	sends         int
	hands         simkit.Hands[application.Claimed]
	handle        rabbitkit.Handler
	claim         *application.ClaimDue
}

// New returns a process that works on the store, without the given protection.
func New(store *Store, mailbox *Mailbox, missing simkit.Protection) *Participant {
	now, notifications := store.world.Now, weakened(store, missing)
	p := &Participant{
		store:         store,
		mailbox:       mailbox,
		notifications: notifications,
		sends:         timesSent(missing),
		hands:         simkit.Hands[application.Claimed]{World: store.world},
		claim:         application.NewClaimDue(notifications, now),
	}
	p.handle = rabbitmq.NewHandler(application.NewRecordNotification(notifications, &p.hands, now))
	return p
}

// Handle is the handler of the service's queue.
func (p *Participant) Handle(ctx context.Context, m contracts.Message) error { return p.handle(ctx, m) }

// Due reports whether the worker was given a notification, or would find one to
// send now.
func (p *Participant) Due() bool {
	if len(p.hands.Given) > 0 {
		return true
	}
	now := p.store.world.Now()
	for r := range p.store.notifications.All() {
		if r.isDue(now) {
			return true
		}
	}
	return false
}

// Work sends a notification that was given, or the one that is due the longest, as
// one hand of the worker.
func (p *Participant) Work(ctx context.Context) error {
	if c, found := p.hands.Next(); found {
		return p.send(event.WithOrigin(ctx, c.Origin), c)
	}
	due, err := p.claim.Do(ctx, 1)
	for _, d := range due {
		err = errors.Join(err, p.send(event.WithOrigin(ctx, d.Origin), d))
	}
	return err
}

// send is the work on one claim. Whatever ends it, it is settled.
func (p *Participant) send(ctx context.Context, d application.Claimed) error {
	leaseEnds := d.Notification.Snapshot().NextAttemptAt
	longest := func() float64 { return 0 } // no spread: pauses are the longest possible
	sender := &courier{mailbox: p.mailbox, times: p.sends}
	recorded := false
	defer func() { sender.settle(recorded) }()
	err := application.NewDeliver(p.notifications, sender, p.store.world.Now, longest).Do(ctx, d.Notification)
	recorded = err == nil && p.store.world.Now().Before(leaseEnds)
	return err
}
