// Package worker drives the sending of notifications.
package worker

import (
	"context"
	"log/slog"

	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/workkit"
)

const hands = 128 // notifications that are sent at the same time

// New returns a pool that claims notifications that are due and delivers them.
func New(signal *workkit.Signal, claim *application.ClaimDue, deliver *application.Deliver, log *slog.Logger) *workkit.Pool[application.Claimed] {
	return workkit.NewPool(hands, signal, claim.Do, func(ctx context.Context, d application.Claimed) {
		ctx = event.WithOrigin(ctx, d.Origin)
		if err := deliver.Do(ctx, d.Notification); err != nil {
			n := d.Notification.Snapshot()
			log.WarnContext(ctx, "notification not delivered", "order_id", n.OrderID, "event_id", n.EventID, "error", err)
		}
	}, log)
}
