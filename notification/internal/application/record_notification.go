package application

import (
	"context"
	"fmt"
	"time"

	"orders.internal/notification/internal/domain"
)

// RecordNotification notes that a customer is to be told of something.
type RecordNotification struct {
	notifications Notifications
	now           func() time.Time
}

// NewRecordNotification returns the use case.
func NewRecordNotification(notifications Notifications, now func() time.Time) *RecordNotification {
	return &RecordNotification{notifications: notifications, now: now}
}

// Do records the notification as pending; the worker sends it. For an order
// and type that were recorded before it does nothing. It fails with errs.Invalid when
// customers are not told of the type.
func (uc *RecordNotification) Do(ctx context.Context, o domain.Occurrence) error {
	notification, err := domain.New(o, uc.now())
	if err != nil {
		return fmt.Errorf("record notification: %w", err)
	}
	if err := uc.notifications.Add(ctx, notification); err != nil {
		return fmt.Errorf("record notification: %w", err)
	}
	return nil
}
