package harness

import (
	"context"

	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/simkit"
)

// Mailbox is what reached the customers. It implements application.Notifier.
type Mailbox struct {
	world    simkit.World
	sent     map[string]int // how often, by message id
	recorded map[string]int // how often by a worker that could record it in its time
}

var _ application.Notifier = (*Mailbox)(nil)

// NewMailbox returns an empty mailbox.
func NewMailbox(w simkit.World) *Mailbox {
	return &Mailbox{world: w, sent: map[string]int{}, recorded: map[string]int{}}
}

// Send implements application.Notifier.
func (m *Mailbox) Send(_ context.Context, message application.Message) error {
	return m.world.Call("send", message.ID, func() error {
		m.sent[message.ID]++
		return nil
	})
}
