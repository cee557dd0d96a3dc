package rabbitkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/wagslane/go-rabbitmq"

	"orders.internal/shared-kernel/errs"
)

// publishTimeout bounds one call of Publish. Under a memory alarm the broker
// takes a message and confirms it only when the alarm is over, so a wait
// without a limit could last for hours. It is half of what a transaction may
// take: the outbox has to record what was confirmed.
const publishTimeout = 5 * time.Second

// Publisher publishes with confirms. It is safe for concurrent use, and there
// is nothing to close but its Conn.
type Publisher struct {
	conn    *Conn
	timeout time.Duration

	writing chan struct{} // held while messages are written; guards the next two
	session *session      // the one that channel lives on
	channel *rabbitmq.Publisher
}

// NewPublisher publishes over conn.
func NewPublisher(conn *Conn) *Publisher {
	return &Publisher{conn: conn, timeout: publishTimeout, writing: make(chan struct{}, 1)}
}

// Ready returns nil while there is a connection to publish over.
func (p *Publisher) Ready() error { return p.conn.Ready() }

// Publish sends a batch and returns one result for each of its messages, in
// their order. A nil result means that the broker has the message safely; any
// other, that it may or may not have it, and that it should be published again.
// The code is Unavailable, or Internal for a message that can never be sent.
//
// The messages are written one after the other and their confirms awaited
// together. It gives up after 5 seconds, and at once without a connection or
// while the broker accepts nothing. Bodies and headers must not be changed
// later, because a write that is stuck outlives the call.
func (p *Publisher) Publish(ctx context.Context, batch []Message) []error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.timeout, fmt.Errorf("the broker confirmed nothing within %s", p.timeout))
	defer cancel()
	results := make([]error, len(batch))
	for i, pending := range p.send(ctx, batch) {
		results[i] = pending.wait(ctx)
	}
	return results
}

// pending is a message that was written, or the reason why it was not.
type pending struct {
	confirm *amqp.DeferredConfirmation
	err     error
}

func (p pending) wait(ctx context.Context) error {
	if p.err != nil {
		return p.err
	}
	select {
	case <-p.confirm.Done():
	case <-ctx.Done():
		return unsent(context.Cause(ctx))
	}
	if !p.confirm.Acked() { // also what every open confirm becomes when the channel closes
		return unsent(errors.New("the broker did not take the message"))
	}
	return nil
}

func unsent(reason error) error { return errs.Wrap(errs.Unavailable, reason, "publish") }

// send writes the batch without waiting longer than ctx allows. A write to a
// socket that nobody reads can't be interrupted, so it has a goroutine of its
// own, which keeps the turn until it is through.
func (p *Publisher) send(ctx context.Context, batch []Message) []pending {
	select {
	case p.writing <- struct{}{}:
	case <-ctx.Done():
		return slices.Repeat([]pending{{err: unsent(context.Cause(ctx))}}, len(batch))
	}
	batch = slices.Clone(batch)
	written := make(chan []pending, 1)
	go func() {
		defer func() { <-p.writing }()
		written <- p.write(ctx, batch)
	}()
	select {
	case all := <-written:
		return all
	case <-ctx.Done():
		return slices.Repeat([]pending{{err: unsent(context.Cause(ctx))}}, len(batch))
	}
}

func (p *Publisher) write(ctx context.Context, batch []Message) []pending {
	all := make([]pending, len(batch))
	channel, err := p.open()
	for i, m := range batch {
		if err != nil {
			all[i].err = err
			continue
		}
		all[i] = publish(ctx, channel, m)
	}
	return all
}

// publish has one routing key a call: with several, go-rabbitmq forgets the
// confirms of the first ones when a later one fails.
func publish(ctx context.Context, channel *rabbitmq.Publisher, m Message) pending {
	if err := m.check(); err != nil {
		return pending{err: errs.Wrap(errs.Internal, err, "publish")}
	}
	confirms, err := channel.PublishWithDeferredConfirmWithContext(ctx, m.Body, []string{m.RoutingKey}, m.options()...)
	if err != nil {
		return pending{err: unsent(err)}
	}
	if confirms[0] == nil {
		return pending{err: unsent(errors.New("the channel is not in confirm mode"))}
	}
	return pending{confirm: confirms[0]}
}

// open returns the channel of the present session. Each session gets a new one:
// go-rabbitmq's publisher would stay blocked for ever when the connection drops
// while the broker blocks it, because nothing unblocks it on the next one.
func (p *Publisher) open() (*rabbitmq.Publisher, error) {
	s, err := p.conn.current()
	if err != nil {
		return nil, err
	}
	if p.session == s {
		return p.channel, nil
	}
	channel, err := rabbitmq.NewPublisher(s.conn,
		rabbitmq.WithPublisherOptionsConfirm,
		rabbitmq.WithPublisherOptionsLogger(&watch{log: p.conn.log, lost: s.fail}))
	if err != nil {
		s.fail(err)
		return nil, unsent(err)
	}
	s.onClose(channel.Close)
	p.session, p.channel = s, channel
	return channel, nil
}
