package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orders.internal/notification/internal/domain"
)

// sendTimeout bounds one attempt.
const sendTimeout = 10 * time.Second

// Deliver sends one notification.
type Deliver struct {
	notifications Notifications
	notifier      Notifier
	now           func() time.Time
	chance        func() float64
}

// NewDeliver returns the use case. chance is a random number from 0 to 1.
func NewDeliver(notifications Notifications, notifier Notifier, now func() time.Time, chance func() float64) *Deliver {
	return &Deliver{notifications: notifications, notifier: notifier, now: now, chance: chance}
}

// Do sends a claimed notification and records that it was delivered or, when it
// wasn't, when it is tried again; the error says why.
func (uc *Deliver) Do(ctx context.Context, claimed *domain.Notification) error {
	leased := claimed.Snapshot()
	failure := uc.send(ctx, leased)
	err := uc.notifications.Update(ctx, claimed, func(n *domain.Notification) {
		if failure != nil {
			n.Failed(leased.NextAttemptAt, uc.now(), uc.chance())
			return
		}
		n.Delivered(uc.now())
	})
	if err = errors.Join(failure, err); err != nil {
		return fmt.Errorf("deliver notification: %w", err)
	}
	return nil
}

func (uc *Deliver) send(ctx context.Context, n domain.Snapshot) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	err := uc.notifier.Send(ctx, Message{
		ID: n.EventID, CustomerID: n.CustomerID, OrderID: n.OrderID, Channel: n.Channel, Text: n.Text,
	})
	if err != nil {
		return fmt.Errorf("attempt %d: %w", n.Attempts+1, err)
	}
	return nil
}
