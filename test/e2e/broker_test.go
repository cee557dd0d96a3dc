package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
)

const (
	eventsExchange  = "events"
	deadExchange    = "events.dead"
	unroutable      = "events.unroutable"
	headerReason    = "x-reason"
	headerDetail    = "x-detail"
	headerOriginKey = "x-original-routing-key"
)

// broker publishes like a service, and hears all that is published while it is
// there: events, dead letters and what has no binding. It takes nothing away
// from anybody.
type broker struct {
	t       *testing.T
	channel *amqp.Channel

	mu    sync.Mutex
	heard []amqp.Delivery
}

func dialBroker(t *testing.T) *broker {
	t.Helper()
	conn, err := amqp.Dial(system.AMQPURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // nothing depends on it any more
	b := &broker{t: t, channel: openChannel(t, conn)}
	if err := b.channel.Confirm(false); err != nil {
		t.Fatal(err)
	}
	b.listen(openChannel(t, conn))
	return b
}

func openChannel(t *testing.T, conn *amqp.Connection) *amqp.Channel {
	t.Helper()
	channel, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return channel
}

// listen hears with a queue of its own, which ends with the connection.
func (b *broker) listen(channel *amqp.Channel) {
	b.t.Helper()
	queue, err := channel.QueueDeclare("", false, true, true, false, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	bind := func(exchange, key string) {
		if err := channel.QueueBind(queue.Name, key, exchange, false, nil); err != nil {
			b.t.Fatal(err)
		}
	}
	// Not "#": that would be a binding for what should have none.
	for _, route := range contracts.Routes {
		bind(eventsExchange, route.Key)
	}
	for _, service := range contracts.Services {
		bind(deadExchange, deadQueue(service))
	}
	bind(unroutable, "")
	deliveries, err := channel.Consume(queue.Name, "", true, true, false, false, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	go func() {
		for d := range deliveries {
			b.mu.Lock()
			b.heard = append(b.heard, d)
			b.mu.Unlock()
		}
	}()
}

func deadQueue(service string) string { return service + ".dead" }

// newEvent is an event as another publisher would make it.
func newEvent(data contracts.Data) contracts.Message {
	return contracts.Message{ID: newID(), Source: "/e2e", Time: time.Now(), Data: data}
}

// emit publishes an event to all its consumers.
func (b *broker) emit(m contracts.Message) {
	b.t.Helper()
	route, _ := contracts.RouteOf(m.Data.EventType())
	b.publish(eventsExchange, route.Key, b.encode(m))
}

// deliver puts an event into the queue of one service alone.
func (b *broker) deliver(service string, m contracts.Message) {
	b.t.Helper()
	b.publish("", service+".events", b.encode(m))
}

// deliverHandled is deliver, and returns when the service is through with it. No
// other test may run meanwhile.
func (b *broker) deliverHandled(service string, m contracts.Message) {
	b.t.Helper()
	before := handled(b.t, service, m.Data.EventType())
	b.deliver(service, m)
	waitHandled(b.t, service, m.Data.EventType(), before+1)
}

func (b *broker) encode(m contracts.Message) amqp.Publishing {
	b.t.Helper()
	body, err := contracts.Encode(m)
	if err != nil {
		b.t.Fatal(err)
	}
	return amqp.Publishing{
		ContentType: contracts.ContentType, DeliveryMode: amqp.Persistent, MessageId: m.ID, Type: m.Data.EventType(),
		CorrelationId: m.Data.Subject(), Timestamp: m.Time, Body: body,
	}
}

// publish returns when the broker has the message.
func (b *broker) publish(exchange, key string, m amqp.Publishing) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	confirmation, err := b.channel.PublishWithDeferredConfirmWithContext(ctx, exchange, key, false, false, m)
	if err != nil {
		b.t.Fatal(err)
	}
	if acked, err := confirmation.WaitContext(ctx); err != nil || !acked {
		b.t.Fatalf("publish to %q: confirmed %v, %v", key, acked, err)
	}
}

// heardBy returns what was heard so far and satisfies the condition.
func (b *broker) heardBy(condition func(amqp.Delivery) bool) []amqp.Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []amqp.Delivery
	for _, d := range b.heard {
		if condition(d) {
			found = append(found, d)
		}
	}
	return found
}

// eventsOf waits for the events of an order's saga, each once, and returns them.
// The last ones may be published after the order has come out as it did.
func (b *broker) eventsOf(order string, types ...string) map[string]amqp.Delivery {
	b.t.Helper()
	var events map[string]amqp.Delivery
	eventually(b.t, func() error {
		heard := b.heardBy(func(d amqp.Delivery) bool { return d.Exchange == eventsExchange && d.CorrelationId == order })
		events = map[string]amqp.Delivery{}
		for _, d := range heard {
			events[d.Type] = d
		}
		if got := slices.Sorted(maps.Keys(events)); len(heard) != len(types) || !slices.Equal(got, slices.Sorted(slices.Values(types))) {
			return fmt.Errorf("%d events of order %s: %v, want %v", len(heard), order, got, types)
		}
		return nil
	})
	return events
}

// The events of sagas, by how they end.
var (
	eventsSold     = []string{"OrderCreated", "InventoryReserved", "PaymentProcessed", "OrderConfirmed"}
	eventsShort    = []string{"OrderCreated", "InventoryUnavailable", "OrderCancelled"}
	eventsDeclined = []string{"OrderCreated", "InventoryReserved", "PaymentFailed", "OrderCancelled", "InventoryReleased"}
)

// expectDead waits until a service has dead-lettered the message, and checks
// what it says about it.
func (b *broker) expectDead(service, messageID, reason, key string) amqp.Delivery {
	b.t.Helper()
	onPurpose.Store(letter{deadQueue(service), messageID}, true)
	var found []amqp.Delivery
	eventually(b.t, func() error {
		found = b.heardBy(func(d amqp.Delivery) bool {
			return d.Exchange == deadExchange && d.RoutingKey == deadQueue(service) && d.MessageId == messageID
		})
		if len(found) == 0 {
			return fmt.Errorf("message %s is not in %s", messageID, deadQueue(service))
		}
		return nil
	})
	d := found[0]
	if d.Headers[headerReason] != reason || d.Headers[headerOriginKey] != key {
		b.t.Errorf("dead letter of %s: %v, want reason %q and key %q", service, d.Headers, reason, key)
	}
	if detail, _ := d.Headers[headerDetail].(string); detail == "" {
		b.t.Errorf("dead letter of %s has no detail: %v", service, d.Headers)
	}
	return d
}
