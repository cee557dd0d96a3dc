package sim

import (
	"context"
	"slices"
	"time"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/simkit"
)

// message is one in a queue.
type message struct {
	outbox.Message
	holder    *task // that has it unacknowledged
	notBefore time.Time
}

// queue is that of one service.
type queue struct {
	messages []*message
	handled  []*message
	dead     []letter
}

// letter is a dead letter.
type letter struct {
	outbox.Message
	reason string
}

func (q *queue) remove(m *message) {
	q.messages = slices.DeleteFunc(q.messages, func(other *message) bool { return other == m })
}

// publish routes a message as the broker's bindings do.
func (r *run) publish(m outbox.Message) {
	r.published = append(r.published, m)
	for _, route := range contracts.Routes {
		if route.Key != m.RoutingKey {
			continue
		}
		for _, consumer := range route.Consumers {
			q := r.byName[consumer].queue
			q.messages = append(q.messages, &message{Message: m})
		}
	}
}

// relay takes one row of the outbox to the broker.
func (r *run) relay(p *process, row *simkit.Row) {
	me := r.current.number
	row.ClaimedBy = me
	defer func() {
		if row.ClaimedBy == me {
			row.ClaimedBy = 0
		}
	}()
	arrived := false
	unconfirmed := r.Call("publish "+row.Type, row.EventID, func() error {
		r.publish(row.Message)
		arrived = true
		return nil
	})
	if unconfirmed != nil {
		if arrived {
			r.stats.LostConfirms++
		}
		if r.missing != simkit.DeleteAfterConfirmation {
			return
		}
	}
	// Its error means that the row may be gone or be published again.
	_ = r.Call("delete from outbox", row.EventID, func() error {
		if row.ClaimedBy == me {
			p.service.outbox.Delete(row)
		}
		return nil
	})
}

// tries is how often a message that fails is tried.
const tries = 5

// deliver hands a message to a process, as the services' consumer does.
func (r *run) deliver(ctx context.Context, p *process, m *message) {
	q, me, handler := p.service.queue, r.current, p.running
	m.holder = me
	defer func() {
		if m.holder == me {
			m.holder = nil
		}
	}()
	r.say("", "gets", m.Type, m.EventID, "of", m.Subject)
	decoded, err := contracts.Decode(m.Body)
	if err != nil {
		r.bury(q, m, err)
		return
	}
	if r.missing == simkit.AcknowledgeAfterCommit {
		q.remove(m)
	}
	ctx = event.WithOrigin(ctx, originOf(decoded.ID, decoded.Data.Subject(), decoded.Origin))
	for failures := 0; failures < tries; {
		switch err = handler.Handle(ctx, decoded); {
		case err == nil:
			r.acknowledge(q, m)
			return
		case errs.Is(err, errs.Unavailable): // held until the outage is over
		case errs.Is(err, errs.Contradiction), errs.Is(err, errs.UnknownOrder):
			r.bury(q, m, err)
			return
		default:
			failures++
		}
	}
	r.bury(q, m, err)
}

// originOf is what events that a message causes go back to.
func originOf(id, order string, origin event.Origin) event.Origin {
	origin.CausationID = id
	if origin.CorrelationID == "" {
		origin.CorrelationID = order
	}
	return origin
}

// acknowledge and bury have no effect when the broker has taken the message back.

func (r *run) acknowledge(q *queue, m *message) {
	if m.holder == r.current {
		q.remove(m)
		q.handled = append(q.handled, m)
	}
}

func (r *run) bury(q *queue, m *message, reason error) {
	if m.holder == r.current {
		q.remove(m)
		q.dead = append(q.dead, letter{m.Message, reason.Error()})
		r.say("!", "buries", m.Type, m.EventID, "of", m.Subject, "-", reason.Error())
	}
}

// duplicate puts a copy of a message into the queue.
func (r *run) duplicate(q *queue, m *message) {
	q.messages = append(q.messages, &message{Message: m.Message})
}
