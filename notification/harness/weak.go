package harness

import (
	"context"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/simkit"
)

// weakened returns the store without the given protection.
func weakened(s *Store, missing simkit.Protection) application.Notifications {
	if missing == simkit.NotificationOnce {
		return recreating{s}
	}
	return s
}

// recreating adds a notification whether there is one already or not.
type recreating struct{ *Store }

func (s recreating) Add(ctx context.Context, n *domain.Notification) (bool, error) {
	s.notifications.Delete(n.Key())
	return s.Store.Add(ctx, n)
}

// timesSent is how often one worker sends each message.
func timesSent(missing simkit.Protection) int {
	if missing == simkit.SentOnce {
		return 2
	}
	return 1
}
