// Package outbox is the transactional outbox: events are stored in the
// transaction that changes the state they speak of, and a relay publishes them
// afterwards, at least once each
// (https://microservices.io/patterns/data/transactional-outbox.html).
package outbox

import (
	"context"
	"fmt"
	"time"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/rabbitkit"
)

// Message is an event ready to be published.
type Message struct {
	EventID    string
	Type       string
	RoutingKey string
	Subject    string // the order's id
	Origin     event.Origin
	OccurredAt time.Time
	Body       []byte
}

// HandAll returns what a group does after a commit (pgkit.Group.OnCommit): it hands over
// what all operations of the transaction have made. All at once: what the relay gets
// first it may publish alone, and the rest would wait until that is confirmed.
func HandAll[T any](hand func([]Message), made func(T) []Message) func(operations []T) {
	return func(operations []T) {
		var all []Message
		for _, op := range operations {
			all = append(all, made(op)...)
		}
		hand(all)
	}
}

// Encoder turns what happened to an aggregate into messages that belong to the
// origin that ctx carries.
type Encoder func(ctx context.Context, events []event.Event) ([]Message, error)

// NewEncoder returns the encoder of one service. toData maps the service's
// domain events to the wire contract.
func NewEncoder(service string, now func() time.Time, newID func() string, toData func(event.Event) (contracts.Data, error)) Encoder {
	return func(ctx context.Context, events []event.Event) ([]Message, error) {
		messages := make([]Message, 0, len(events))
		for _, happened := range events {
			data, err := toData(happened)
			if err != nil {
				return nil, fmt.Errorf("encode %s: %w", happened.EventType(), err)
			}
			message, err := encode(data, contracts.Message{
				ID: newID(), Source: "/" + service, Time: now(), Origin: event.OriginOf(ctx), Data: data,
			})
			if err != nil {
				return nil, err
			}
			messages = append(messages, message)
		}
		return messages, nil
	}
}

func encode(data contracts.Data, m contracts.Message) (Message, error) {
	route, known := contracts.RouteOf(data.EventType())
	if !known {
		return Message{}, fmt.Errorf("encode: no route for %q", data.EventType())
	}
	body, err := contracts.Encode(m)
	if err != nil {
		return Message{}, err
	}
	return Message{
		EventID:    m.ID,
		Type:       route.Type,
		RoutingKey: route.Key,
		Subject:    data.Subject(),
		Origin:     m.Origin,
		OccurredAt: m.Time,
		Body:       body,
	}, nil
}

// toBroker is the message as the broker gets it.
func toBroker(m Message) rabbitkit.Message {
	headers := map[string]any{}
	if m.Origin.Traceparent != "" {
		headers["traceparent"] = m.Origin.Traceparent
	}
	if m.Origin.Tracestate != "" {
		headers["tracestate"] = m.Origin.Tracestate
	}
	return rabbitkit.Message{
		Exchange:      rabbitkit.EventsExchange,
		RoutingKey:    m.RoutingKey,
		ID:            m.EventID,
		Type:          m.Type,
		CorrelationID: m.Subject,
		Timestamp:     m.OccurredAt,
		ContentType:   contracts.ContentType,
		Headers:       headers,
		Body:          m.Body,
	}
}
