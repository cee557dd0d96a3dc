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
	store   *Store
	mailbox *Mailbox
	handle  rabbitkit.Handler
	claim   *application.ClaimDue
	deliver *application.Deliver
}

// New returns a process that works on the store, without the given protection.
func New(store *Store, mailbox *Mailbox, missing simkit.Protection) *Participant {
	now, notifications := store.world.Now, weakened(store, missing)
	longest := func() float64 { return 0 } // no spread: pauses are the longest possible
	return &Participant{
		store:   store,
		mailbox: mailbox,
		handle:  rabbitmq.NewHandler(application.NewRecordNotification(notifications, now)),
		claim:   application.NewClaimDue(notifications, now),
		deliver: application.NewDeliver(notifications, mailbox, now, longest),
	}
}

// Handle is the handler of the service's queue.
func (p *Participant) Handle(ctx context.Context, m contracts.Message) error { return p.handle(ctx, m) }

// Due reports whether the worker would find a notification to send now.
func (p *Participant) Due() bool {
	now := p.store.world.Now()
	for r := range p.store.notifications.All() {
		if r.isDue(now) {
			return true
		}
	}
	return false
}

// Work sends the notification that is due the longest, as one hand of the worker.
func (p *Participant) Work(ctx context.Context) error {
	due, err := p.claim.Do(ctx, 1)
	for _, d := range due {
		err = errors.Join(err, p.send(event.WithOrigin(ctx, d.Origin), d))
	}
	return err
}

func (p *Participant) send(ctx context.Context, d application.Claimed) error {
	claimed := d.Notification.Snapshot()
	if err := p.deliver.Do(ctx, d.Notification); err != nil {
		return err
	}
	if leaseEnds := claimed.NextAttemptAt; p.store.world.Now().Before(leaseEnds) {
		p.mailbox.recorded[claimed.EventID]++
	}
	return nil
}
