package rabbitkit

import (
	"context"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/errs"
)

const (
	// returnTimeout bounds the wait until the broker shows again what was held.
	returnTimeout = 2 * time.Second
	returnPoll    = 2 * time.Millisecond
)

// DeadLetters is a service's dead queue, for those who look into it. It is safe
// for concurrent use, but of those who hold at the same time each sees a part.
type DeadLetters struct{ url, service string }

// NewDeadLetters returns the dead letters of a service on the broker at url.
func NewDeadLetters(url, service string) *DeadLetters {
	return &DeadLetters{url: url, service: service}
}

// Waiting returns how many messages wait and are held by nobody. Its error is
// errs.Unavailable.
func (l *DeadLetters) Waiting(ctx context.Context) (count int, err error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	err = onChannel(ctx, l.url, func(channel *amqp.Channel) error {
		count, err = depth(channel, DeadQueue(l.service))
		return err
	})
	return count, unreachable(err)
}

// Hold calls do with what waits. What do doesn't remove goes back when do
// returns, and also when the connection or the whole process is lost before
// that: in front of what nobody has held yet, and in its order when all of it was
// in hand. Hold returns do's error, or errs.Unavailable.
//
// Nothing is nacked: RabbitMQ 3 requeues more than 32 messages in any order, and
// delivers them again at once. The channel is closed instead, which is a single
// entry in the queue's log.
func (l *DeadLetters) Hold(ctx context.Context, do func(*Held) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(l.service + "-dead-letters")
	conn, err := amqp.DialConfig(l.url, amqp.Config{Properties: properties, Dial: func(network, address string) (net.Conn, error) {
		return dial(ctx, network, address)
	}})
	if err != nil {
		return unreachable(withoutURL(err))
	}
	defer conn.Close()
	held, err := l.hold(conn)
	if err != nil {
		return unreachable(err)
	}
	defer held.giveBack(ctx)
	return do(held)
}

func (l *DeadLetters) hold(conn *amqp.Connection) (*Held, error) {
	h := &Held{queue: DeadQueue(l.service)}
	var err error
	if h.channel, err = conn.Channel(); err != nil {
		return nil, err
	}
	if h.watch, err = conn.Channel(); err != nil {
		return nil, err
	}
	// The default exchange drops without a word what it has no queue for.
	if _, err := depth(h.watch, EventsQueue(l.service)); err != nil {
		return nil, err
	}
	h.Waiting, err = depth(h.watch, h.queue)
	return h, err
}

// depth is the number of messages that a queue has ready.
func depth(channel *amqp.Channel, queue string) (int, error) {
	state, err := channel.QueueDeclarePassive(queue, true, false, false, false, nil)
	return state.Messages, err
}

func unreachable(err error) error {
	if err == nil {
		return nil
	}
	return errs.Wrap(errs.Unavailable, err, "the dead queue can't be reached")
}
