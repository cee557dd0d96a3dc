package rabbitkit

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
)

// The headers of a dead letter, and the reasons besides those of
// contracts.Violation and of the errs codes that stand for themselves.
const (
	HeaderReason             = "x-reason"
	HeaderDetail             = "x-detail"
	HeaderOriginalRoutingKey = "x-original-routing-key"

	ReasonFailed = "failed" // the handler failed again and again
	ReasonPanic  = "panic"  // the handler panicked again and again
)

// Headers share one frame of 128 KiB, so these are bounded, in bytes.
const (
	maxDetail = 2 << 10
	maxKept   = 16 << 10 // of the headers that the message came with
)

// letter says why a message is put into the dead queue.
type letter struct{ reason, detail string }

// undecodable is the letter for a message that Decode refused.
func undecodable(err error) letter {
	var v *contracts.Violation
	if errors.As(err, &v) {
		return letter{v.Reason, v.Detail}
	}
	return letter{contracts.ReasonInvalid, err.Error()}
}

// verdict is the letter for an error of the handler, empty when the message may
// be tried again.
func verdict(err error, last bool) letter {
	var p *panicked
	switch code := errs.CodeOf(err); {
	case code == errs.Contradiction, code == errs.UnknownOrder:
		return letter{string(code), err.Error()}
	case !last:
		return letter{}
	case errors.As(err, &p):
		return letter{ReasonPanic, err.Error()}
	}
	return letter{ReasonFailed, err.Error()}
}

// bury publishes d to the dead queue. The delivery may only be acknowledged
// once the broker has confirmed that, so it is held until then.
func (c *Consumer) bury(ctx context.Context, d delivery, why letter) string {
	dead := Message{
		Exchange:      DeadExchange,
		RoutingKey:    DeadQueue(c.config.Service),
		ID:            d.MessageId,
		Type:          d.Type,
		CorrelationID: d.CorrelationId,
		Timestamp:     d.Timestamp,
		ContentType:   d.ContentType,
		Body:          d.Body,
		Headers:       keptHeaders(d.Headers),
	}
	dead.Headers[HeaderReason] = why.reason
	dead.Headers[HeaderDetail] = cut(why.detail)
	dead.Headers[HeaderOriginalRoutingKey] = arrivalKey(d.Delivery.Delivery)
	for failures := 1; !d.gone(); failures++ {
		err := c.dead.Publish(ctx, []Message{dead})[0]
		if err == nil {
			c.logs(ctx, slog.LevelError, d, "dead-lettered", slog.String("reason", why.reason), slog.String("error", why.detail))
			c.metrics.deadLetters.WithLabelValues(why.reason).Inc()
			return outcomeDead
		}
		if failures == 1 {
			c.logs(ctx, slog.LevelWarn, d, "held until it can be dead-lettered", slog.String("reason", why.reason), slog.Any("error", err))
		}
		if !c.pause(ctx, c.policy.deadLetter.after(failures)) {
			break
		}
	}
	return outcomeReleased
}

// keptHeaders are those of a message's own headers that its dead letter has, too: texts
// and numbers, in the order of their names, as long as there is room.
func keptHeaders(headers amqp.Table) map[string]any {
	own, room := OwnHeaders(headers), maxKept
	for _, name := range slices.Sorted(maps.Keys(own)) {
		size := len(name)
		switch value := own[name].(type) {
		case string:
			size += len(value)
		case bool, int8, uint8, int16, int32, int64, float32, float64:
		default:
			size = maxKept + 1
		}
		if size > room {
			delete(own, name)
			continue
		}
		room -= size
	}
	return own
}

func cut(detail string) string {
	if len(detail) > maxDetail {
		detail = detail[:maxDetail]
	}
	return strings.ToValidUTF8(detail, "")
}
