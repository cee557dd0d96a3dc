package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
)

const (
	unconfirmed = 256 // messages that a publisher has under way
	prefetch    = 512
	ackEvery    = 64 // messages, or as many as there are
)

// onChannel does something on a channel over a connection of its own.
func (b *bench) onChannel(do func(*amqp.Channel) error) error {
	conn, err := amqp.Dial(b.system.stack.AMQPURL())
	if err != nil {
		return err
	}
	defer conn.Close()
	channel, err := conn.Channel()
	if err != nil {
		return err
	}
	return do(channel)
}

// publish publishes whole orders, as they are admitted, with persistent messages whose
// confirms are awaited some way behind, and returns when all are confirmed.
func (b *bench) publish(ctx context.Context, bodies map[string][]byte, admit admission, orders *atomic.Int64) error {
	err := b.onChannel(func(channel *amqp.Channel) error {
		if err := channel.Confirm(false); err != nil {
			return err
		}
		var open []*amqp.DeferredConfirmation
		for {
			more, err := admit(ctx)
			if err != nil {
				return err
			}
			if !more {
				break
			}
			for _, eventType := range completedOrder {
				confirm, err := publishOne(ctx, channel, eventType, bodies[eventType])
				if err != nil {
					return err
				}
				open = append(open, confirm)
			}
			orders.Add(1)
			if open, err = awaitConfirms(ctx, open, unconfirmed); err != nil {
				return err
			}
		}
		_, err := awaitConfirms(ctx, open, 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

func publishOne(ctx context.Context, channel *amqp.Channel, eventType string, body []byte) (*amqp.DeferredConfirmation, error) {
	route, _ := contracts.RouteOf(eventType)
	return channel.PublishWithDeferredConfirmWithContext(ctx, limitExchange, route.Key, false, false, amqp.Publishing{
		DeliveryMode: amqp.Persistent, ContentType: contracts.ContentType, Type: eventType, Timestamp: time.Now(),
		MessageId: uuid.Must(uuid.NewV7()).String(), CorrelationId: uuid.Must(uuid.NewV7()).String(), Body: body,
	})
}

// awaitConfirms waits until at most so many are open, and returns those.
func awaitConfirms(ctx context.Context, open []*amqp.DeferredConfirmation, most int) ([]*amqp.DeferredConfirmation, error) {
	for ; len(open) > most; open = open[1:] {
		taken, err := open[0].WaitContext(ctx)
		if err == nil && !taken {
			err = errors.New("the broker did not take a message")
		}
		if err != nil {
			return nil, err
		}
	}
	return open, nil
}

// consume acknowledges what comes, many messages at a time but never waiting for
// more, until ctx ends.
func (b *bench) consume(ctx context.Context, queue string, ready chan<- struct{}, delivered *atomic.Int64) error {
	err := b.onChannel(func(channel *amqp.Channel) error {
		if err := channel.Qos(prefetch, 0, false); err != nil {
			return err
		}
		messages, err := channel.Consume(queue, "", false, false, false, false, nil)
		if err != nil {
			return err
		}
		close(ready)
		for {
			select {
			case <-ctx.Done():
				return nil
			case m, ok := <-messages:
				if !ok {
					return errors.New("the channel was closed")
				}
				last, n := takeMore(messages, m)
				if err := last.Ack(true); err != nil {
					return err
				}
				delivered.Add(n)
			}
		}
	})
	if err != nil {
		return fmt.Errorf("consume %s: %w", queue, err)
	}
	return nil
}

// takeMore takes the messages that are there already, and returns the last one
// and how many there are with the first.
func takeMore(messages <-chan amqp.Delivery, first amqp.Delivery) (last amqp.Delivery, n int64) {
	last, n = first, 1
	for ; n < ackEvery; n++ {
		select {
		case m, ok := <-messages:
			if !ok {
				return last, n
			}
			last = m
		default:
			return last, n
		}
	}
	return last, n
}
