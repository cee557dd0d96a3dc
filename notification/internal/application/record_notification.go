package application

import (
	"context"
	"fmt"
	"time"

	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/event"
)

// RecordNotification notes that a customer is to be told of something.
type RecordNotification struct {
	notifications Notifications
	hands         Hands
	now           func() time.Time
}

// NewRecordNotification returns the use case.
func NewRecordNotification(notifications Notifications, hands Hands, now func() time.Time) *RecordNotification {
	return &RecordNotification{notifications: notifications, hands: hands, now: now}
}

// Do records the notification as pending; the worker sends it. For an order
// and type that were recorded before it does nothing. It fails with errs.Invalid when
// customers are not told of the type.
func (uc *RecordNotification) Do(ctx context.Context, o domain.Occurrence) error {
	notification, err := domain.New(o, uc.now())
	if err != nil {
		return fmt.Errorf("record notification: %w", err)
	}
	if err := uc.record(ctx, notification); err != nil {
		return fmt.Errorf("record notification: %w", err)
	}
	return nil
}

// record saves the notification as claimed already, where a hand is free to send
// it at once: it need not be looked for.
func (uc *RecordNotification) record(ctx context.Context, n *domain.Notification) error {
	if !uc.hands.Take() {
		_, err := uc.notifications.Add(ctx, n)
		return err
	}
	given := false
	defer func() {
		if !given {
			uc.hands.Return()
		}
	}()
	n.Claim(uc.now().Add(lease))
	added, err := uc.notifications.Add(ctx, n)
	if err != nil || !added {
		return err
	}
	if left := n.Snapshot().NextAttemptAt.Sub(uc.now()); left < 2*sendTimeout {
		return nil // saving took long: it is claimed when its lease ends
	}
	given = true
	uc.hands.Give(Claimed{Notification: n, Origin: event.OriginOf(ctx)})
	return nil
}
