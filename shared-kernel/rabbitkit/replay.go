package rabbitkit

import (
	"maps"
	"slices"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// headerDeath is where the broker notes why and from where it dead-lettered a
// message by itself: https://www.rabbitmq.com/docs/dlx#effects
const headerDeath = "x-death"

// brokerHeaders are those that the broker makes, by their beginnings. They speak
// of the life that a message has behind it.
var brokerHeaders = []string{headerDeath, "x-first-death-", "x-last-death-", "x-delivery-count", "x-acquired-count"}

// Replay is a dead letter as the service's own queue gets it once more. It goes
// there by the default exchange, because the event's other consumers have had it.
// The key under which it came first stays with it, should it die again.
func Replay(service string, d amqp.Delivery) Message {
	headers := OwnHeaders(d.Headers)
	delete(headers, HeaderReason)
	delete(headers, HeaderDetail)
	if key := OriginalKey(d); key != "" {
		headers[HeaderOriginalRoutingKey] = key
	}
	return Message{
		RoutingKey:    EventsQueue(service),
		ID:            d.MessageId,
		Type:          d.Type,
		CorrelationID: d.CorrelationId,
		Timestamp:     d.Timestamp,
		ContentType:   d.ContentType,
		Headers:       headers,
		Body:          d.Body,
	}
}

// OwnHeaders are the headers that a message was published with.
func OwnHeaders(headers amqp.Table) map[string]any {
	own := make(map[string]any, len(headers))
	maps.Copy(own, headers)
	maps.DeleteFunc(own, func(name string, _ any) bool {
		return slices.ContainsFunc(brokerHeaders, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	})
	return own
}

// ReasonOf is why a message is in the dead queue; "" when nothing tells.
func ReasonOf(d amqp.Delivery) string {
	if reason := headerText(d.Headers, HeaderReason); reason != "" {
		return reason
	}
	return headerText(death(d), "reason")
}

// OriginalKey is the routing key under which a dead letter reached the service
// at first; "" when nothing tells.
func OriginalKey(d amqp.Delivery) string {
	if key := headerText(d.Headers, HeaderOriginalRoutingKey); key != "" {
		return key
	}
	if keys, _ := death(d)["routing-keys"].([]any); len(keys) > 0 {
		key, _ := keys[0].(string)
		return key
	}
	return ""
}

// death is the broker's newest note about why it dead-lettered the message.
func death(d amqp.Delivery) amqp.Table {
	deaths, _ := d.Headers[headerDeath].([]any)
	if len(deaths) == 0 {
		return nil
	}
	newest, _ := deaths[0].(amqp.Table)
	return newest
}

// arrivalKey is the routing key to note for a delivery that is dead-lettered:
// the key of its first time, when it is a replay.
func arrivalKey(d amqp.Delivery) string {
	if first := headerText(d.Headers, HeaderOriginalRoutingKey); d.Exchange == "" && first != "" {
		return first
	}
	return d.RoutingKey
}

func headerText(headers amqp.Table, name string) string {
	value, _ := headers[name].(string)
	return value
}
