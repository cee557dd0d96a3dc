package rabbitkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// stall is how long the next delivery may take. It is reached only when somebody
// else has taken what was counted.
const stall = time.Second

// Held is what DeadLetters.Hold has in hand.
type Held struct {
	Waiting int // how many messages waited when it began

	channel *amqp.Channel // holds them
	watch   *amqp.Channel
	queue   string
	rounds  int
	seen    int
	removed int
}

// Next takes the next messages into hand, at most this many, and returns them.
// There are none when all of those that waited have been seen. Its error is
// errs.Unavailable.
//
// The broker sends ahead what a consumer may hold, so each call has a consumer
// of its own that may hold this many: what is in memory stays bounded, however
// long the queue is.
func (h *Held) Next(ctx context.Context, most int) ([]amqp.Delivery, error) {
	most = min(most, h.Waiting-h.seen)
	if most <= 0 {
		return nil, nil
	}
	if err := h.channel.Qos(most, 0, false); err != nil {
		return nil, unreachable(err)
	}
	h.rounds++ // the broker gives back in the order of the consumers' tags
	coming, err := h.channel.Consume(h.queue, fmt.Sprintf("look-%06d", h.rounds), false, false, false, false, nil)
	if err != nil {
		return nil, unreachable(err)
	}
	batch := make([]amqp.Delivery, 0, most)
	stalled := time.NewTimer(stall)
	defer stalled.Stop()
	for len(batch) < most {
		select {
		case d, open := <-coming:
			if !open {
				return nil, unreachable(errors.New("the connection was lost"))
			}
			batch = append(batch, d)
			stalled.Reset(stall)
		case <-stalled.C:
			h.seen = h.Waiting
			return batch, nil
		case <-ctx.Done():
			return nil, unreachable(ctx.Err())
		}
	}
	h.seen += len(batch)
	return batch, nil
}

// Remove takes messages that Next returned out of the queue for good. With an
// error, which is errs.Unavailable, each of them may be removed or wait still.
func (h *Held) Remove(batch ...amqp.Delivery) error {
	for some := range slices.Chunk(batch, mostUnanswered) {
		for _, d := range some {
			if err := d.Ack(false); err != nil {
				return unreachable(err)
			}
		}
		if err := h.settle(); err != nil {
			return unreachable(err)
		}
		h.removed += len(some)
	}
	return nil
}

// mostUnanswered is how many acknowledgements the broker is sent before it is
// waited for. Beyond 32 that a quorum queue has not answered, the broker's channel
// keeps further ones back, and forgets them when it is closed.
const mostUnanswered = 16

// settle returns when the queue has the acknowledgements so far. They have no
// answer; to begin consuming has, and the queue does it after them. The consumer
// may get a message, which is given back with all others.
func (h *Held) settle() error {
	h.rounds++
	name := fmt.Sprintf("look-%06d", h.rounds)
	if err := h.channel.Qos(1, 0, false); err != nil {
		return err
	}
	if _, err := h.channel.Consume(h.queue, name, false, false, false, false, nil); err != nil {
		return err
	}
	return h.channel.Cancel(name, false)
}

// Left is how many wait of those that waited when it began.
func (h *Held) Left() int { return h.Waiting - h.removed }

// giveBack closes the channel, and waits until the broker, which does that by
// and by, shows the messages to everybody again. It returns early without a
// connection: the broker gives them back all the same.
func (h *Held) giveBack(ctx context.Context) {
	if h.channel.Close() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, returnTimeout)
	defer cancel()
	poll := time.NewTicker(returnPoll)
	defer poll.Stop()
	for {
		if count, err := depth(h.watch, h.queue); err != nil || count >= h.Left() {
			return
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return
		}
	}
}
