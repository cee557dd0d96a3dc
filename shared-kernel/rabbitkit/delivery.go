package rabbitkit

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/wagslane/go-rabbitmq"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
)

// delivery is one message in hand.
type delivery struct {
	rabbitmq.Delivery
	subscription *subscription
	eventType    string      // one of the contract's, or "unknown"
	about        []slog.Attr // which message it is, for log lines
}

// logs writes a line about the delivery. Most deliveries have one line, so what it
// says of them is written with it and not kept ready in a logger of their own.
func (c *Consumer) logs(ctx context.Context, level slog.Level, d delivery, line string, more ...slog.Attr) {
	c.log.LogAttrs(ctx, level, line, append(d.about, more...)...)
}

// gone reports whether the channel that the message came over is closed: it
// can't be acknowledged any more, and the broker delivers it again.
func (d delivery) gone() bool {
	channel, ok := d.Acknowledger.(interface{ IsClosed() bool })
	return ok && channel.IsClosed()
}

// process takes a delivery to its end: acknowledged after it was handled or
// dead-lettered, or let go.
func (c *Consumer) process(sub *subscription, raw rabbitmq.Delivery) {
	d := delivery{Delivery: raw, subscription: sub, eventType: "unknown"}
	m, err := contracts.Decode(raw.Body)
	if err != nil {
		d.about = []slog.Attr{slog.String("message_id", raw.MessageId), slog.String("routing_key", raw.RoutingKey)}
		c.settle(d, c.bury(c.handling, d, undecodable(err)))
		return
	}
	if m.Time.IsZero() { // a foreign publisher may leave it out
		m.Time = time.Now().UTC()
	}
	d.eventType = m.Data.EventType()
	d.about = []slog.Attr{slog.String("order_id", m.Data.Subject()), slog.String("event_id", m.ID), slog.String("type", d.eventType)}
	ctx := event.WithOrigin(c.handling, originOf(m))
	c.settle(d, c.work(ctx, d, m))
}

// originOf is what events that m causes go back to. Foreign messages may come
// without a correlation id; the order's own id then holds things together.
func originOf(m contracts.Message) event.Origin {
	origin := m.Origin
	origin.CausationID = m.ID
	if origin.CorrelationID == "" {
		origin.CorrelationID = m.Data.Subject()
	}
	return origin
}

// settle acknowledges what is done with and counts.
func (c *Consumer) settle(d delivery, outcome string) {
	if outcome != outcomeReleased {
		d.subscription.acknowledge(d.Delivery)
		c.settled.Add(1)
	}
	c.metrics.deliveries.WithLabelValues(d.eventType, outcome).Inc()
}

// work tries the handler until the message is handled, dead-lettered or has to
// be let go.
func (c *Consumer) work(ctx context.Context, d delivery, m contracts.Message) string {
	failures, outages := 0, 0
	for !d.gone() {
		err := c.try(ctx, m)
		var wait time.Duration
		switch {
		case err == nil:
			c.logs(ctx, slog.LevelInfo, d, "event handled")
			return outcomeHandled
		case ctx.Err() != nil:
			return outcomeReleased
		case errs.Is(err, errs.Unavailable):
			if outages++; outages == 1 {
				c.logs(ctx, slog.LevelWarn, d, "held until the outage is over", slog.Any("error", err))
			}
			wait = c.policy.outages.after(outages)
		default:
			failures++
			if letter := verdict(err, failures >= c.policy.tries); letter.reason != "" {
				return c.bury(ctx, d, letter)
			}
			c.logs(ctx, slog.LevelWarn, d, "failed, tried again", slog.Any("error", err), slog.Int("failures", failures))
			wait = c.policy.failures.after(failures)
		}
		if !c.pause(ctx, wait) {
			break
		}
	}
	c.logs(ctx, slog.LevelDebug, d, "let go")
	return outcomeReleased
}

// panicked is the error of a handler that panicked.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// try calls the handler once. A panic must not end the process, which has
// other messages in hand. A try that used up its time met something that
// hangs, which is an outage.
func (c *Consumer) try(parent context.Context, m contracts.Message) (err error) {
	ctx, cancel := context.WithTimeout(parent, c.policy.timeout)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value, debug.Stack()}
		} else if err != nil && ctx.Err() != nil && parent.Err() == nil {
			err = errs.Wrap(errs.Unavailable, err, fmt.Sprintf("no answer within %s", c.policy.timeout))
		}
	}()
	return c.handle(ctx, m)
}

// pause reports whether the message may be tried again after the wait.
func (c *Consumer) pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.drain.begun:
		return false
	case <-ctx.Done():
		return false
	}
}
