package rabbitkit

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/errs"
)

// Settled counts the deliveries that this consumer is through with: handled or
// dead-lettered, and acknowledged or about to be.
func (c *Consumer) Settled() uint64 { return c.settled.Load() }

// Waiting returns how many messages stand in the consumer's queue and have not
// been delivered to anyone. It asks the broker over a short-lived connection of
// its own; its error is errs.Unavailable.
func (c *Consumer) Waiting(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var queue amqp.Queue
	err := onChannel(ctx, c.conn.url, func(channel *amqp.Channel) (err error) {
		queue, err = channel.QueueDeclarePassive(EventsQueue(c.config.Service), true, false, false, false, nil)
		return err
	})
	if err != nil {
		return 0, errs.Wrap(errs.Unavailable, err, "the broker can't be asked about the queue")
	}
	return queue.Messages, nil
}
