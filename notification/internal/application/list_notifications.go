package application

import (
	"context"

	"orders.internal/notification/internal/domain"
)

// ListNotifications shows what customers were or will be told.
type ListNotifications struct {
	notifications Notifications
}

// NewListNotifications returns the use case.
func NewListNotifications(notifications Notifications) *ListNotifications {
	return &ListNotifications{notifications: notifications}
}

// Do returns the notifications that match, newest first.
func (uc *ListNotifications) Do(ctx context.Context, f Filter) ([]*domain.Notification, error) {
	return uc.notifications.List(ctx, f)
}
