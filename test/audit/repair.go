package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
)

const (
	exchange       = "events" // every event of the saga goes there
	dialTimeout    = 10 * time.Second
	confirmTimeout = 10 * time.Second
)

// Repaired is an event that was published again.
type Repaired struct {
	OrderID string `json:"order_id"`
	Event   string `json:"event"` // its type
	EventID string `json:"event_id"`
}

// Repair publishes the lost events of a report, each once, and returns those
// that the broker has confirmed. What they bring about takes a moment; another
// audit shows it.
func Repair(ctx context.Context, amqpURL string, r Report) (done []Repaired, err error) {
	lost := lostEvents(r)
	if len(lost) == 0 {
		return nil, nil
	}
	conn, err := amqp.DialConfig(amqpURL, amqp.Config{Dial: amqp.DefaultDial(dialTimeout)})
	if err != nil {
		return nil, fmt.Errorf("repair: reach the broker: %w", err)
	}
	defer conn.Close()
	channel, err := conn.Channel()
	if err == nil {
		err = channel.Confirm(false)
	}
	if err != nil {
		return nil, fmt.Errorf("repair: %w", err)
	}
	for _, m := range lost {
		if m.ID, err = publish(ctx, channel, m); err != nil {
			return done, fmt.Errorf("repair: publish %s of order %s: %w", m.Data.EventType(), m.Data.Subject(), err)
		}
		done = append(done, Repaired{OrderID: m.Data.Subject(), Event: m.Data.EventType(), EventID: m.ID})
	}
	return done, nil
}

// lostEvents has each event once: its loss may explain several findings.
func lostEvents(r Report) []contracts.Message {
	type event struct{ order, kind string }
	seen := map[event]bool{}
	var lost []contracts.Message
	for _, f := range r.Findings {
		if key := (event{f.OrderID, f.LostEvent}); f.LostEvent != "" && !seen[key] {
			seen[key] = true
			lost = append(lost, f.message)
		}
	}
	return lost
}

// publish gives the event a new id. With no correlation id to pass on,
// consumers take the order's own.
func publish(ctx context.Context, channel *amqp.Channel, m contracts.Message) (id string, err error) {
	unique, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	m.ID = unique.String()
	body, err := contracts.Encode(m)
	if err != nil {
		return "", err
	}
	if _, err := contracts.Decode(body); err != nil {
		return "", fmt.Errorf("the services don't show all of it: %w", err)
	}
	route, _ := contracts.RouteOf(m.Data.EventType())
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	confirmation, err := channel.PublishWithDeferredConfirmWithContext(ctx, exchange, route.Key, false, false, amqp.Publishing{
		MessageId:     m.ID,
		Type:          route.Type,
		CorrelationId: m.Data.Subject(),
		Timestamp:     m.Time,
		ContentType:   contracts.ContentType,
		DeliveryMode:  amqp.Persistent,
		Body:          body,
	})
	if err != nil {
		return "", err
	}
	confirmed, err := confirmation.WaitContext(ctx)
	if err == nil && !confirmed {
		err = errors.New("the broker refused it")
	}
	return m.ID, err
}
