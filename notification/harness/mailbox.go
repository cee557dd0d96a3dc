package harness

import (
	"context"

	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/simkit"
)

// Mailbox is what reached the customers.
type Mailbox struct {
	world   simkit.World
	sent    map[string]int // how often, by message id
	excused map[string]int // how many of those had to be sent again
}

// NewMailbox returns an empty mailbox.
func NewMailbox(w simkit.World) *Mailbox {
	return &Mailbox{world: w, sent: map[string]int{}, excused: map[string]int{}}
}

// courier takes the messages of one claim to the mailbox.
type courier struct {
	mailbox  *Mailbox
	times    int // that each is sent: once, unless the simulation looks for what comes twice
	id       string
	arrived  int // sends that reached the customer
	answered int // of them, those whose worker learned so
}

var _ application.Notifier = (*courier)(nil)

// Send implements application.Notifier.
func (c *courier) Send(_ context.Context, message application.Message) error {
	c.id = message.ID
	for range c.times {
		if err := c.mailbox.world.Call("send", message.ID, c.arrive); err != nil {
			return err
		}
		c.answered++
	}
	return nil
}

func (c *courier) arrive() error {
	c.mailbox.sent[c.id]++
	c.arrived++
	return nil
}

// settle counts what may come again: each send of which the worker learned
// nothing, because the answer was lost or the process ended, and one that it
// could not record while the claim was its own.
func (c *courier) settle(recorded bool) {
	c.mailbox.excused[c.id] += c.arrived - c.answered
	if c.answered > 0 && !recorded {
		c.mailbox.excused[c.id]++
	}
}
