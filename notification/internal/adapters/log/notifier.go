// Package log tells customers by writing to the service's log. It stands in for
// a provider of e-mail.
package log

import (
	"context"
	"log/slog"

	"orders.internal/notification/internal/application"
)

// Notifier implements application.Notifier.
type Notifier struct {
	log *slog.Logger
}

var _ application.Notifier = (*Notifier)(nil)

// NewNotifier returns the notifier.
func NewNotifier(log *slog.Logger) *Notifier { return &Notifier{log: log} }

// Send implements application.Notifier. It never fails.
func (n *Notifier) Send(ctx context.Context, m application.Message) error {
	n.log.InfoContext(ctx, "notification sent", "event_id", m.ID, "order_id", m.OrderID,
		"customer_id", m.CustomerID, "channel", m.Channel, "text", m.Text)
	return nil
}
