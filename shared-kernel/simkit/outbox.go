package simkit

import (
	"slices"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/outbox"
)

// Outbox is a service's outbox in memory.
type Outbox struct {
	outbox.Encoder
	world World
	apart bool
	rows  []*Row
}

// Row is a message that waits to be published.
type Row struct {
	outbox.Message
	ClaimedBy int // number of the task that publishes it; 0: none
}

// NewOutbox returns an empty outbox. Its encoder is the service's own; toData is
// the service's mapping to the wire contract.
func NewOutbox(w World, service string, toData func(event.Event) (contracts.Data, error), missing Protection) *Outbox {
	newID := func() string { return w.NewID("event") }
	return &Outbox{Encoder: outbox.NewEncoder(service, w.Now, newID, toData), world: w, apart: missing == AtomicOutbox}
}

// Insert adds messages, as part of the call that saves the state they speak of.
func (o *Outbox) Insert(messages []outbox.Message) error {
	if len(messages) == 0 {
		return nil
	}
	add := func() error {
		for _, m := range messages {
			o.rows = append(o.rows, &Row{Message: m})
			o.world.Note("stores", m.Type, m.EventID)
		}
		return nil
	}
	if o.apart {
		return o.world.Call("insert into outbox", messages[0].Subject, add)
	}
	return add()
}

// Rows returns what waits, oldest first.
func (o *Outbox) Rows() []*Row { return o.rows }

// Delete removes a row that was published.
func (o *Outbox) Delete(published *Row) {
	o.rows = slices.DeleteFunc(o.rows, func(r *Row) bool { return r == published })
}
