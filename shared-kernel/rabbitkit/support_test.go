package rabbitkit

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/money"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestMain(m *testing.M) { os.Exit(rabbittest.Run(m)) }

// connect waits until there is a connection to the broker at url.
func connect(t *testing.T, url string) *Conn {
	t.Helper()
	conn, err := Dial(t.Context(), url, t.Name(), discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// broker is a virtual host with the topology, a publisher, and a look inside.
type broker struct {
	url       string
	publisher *Publisher
	channel   *amqp.Channel
}

func newBroker(t *testing.T) broker {
	t.Helper()
	url := rabbittest.New(t)
	b := broker{url: url, publisher: NewPublisher(connect(t, url))}
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if b.channel, err = conn.Channel(); err != nil {
		t.Fatal(err)
	}
	return b
}

// publish returns when all of the messages are confirmed.
func (b broker) publish(t *testing.T, messages ...Message) {
	t.Helper()
	for i, err := range b.publisher.Publish(t.Context(), messages) {
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
}

// depth is the number of messages that a queue has ready.
func (b broker) depth(t *testing.T, queue string) int {
	t.Helper()
	state, err := b.channel.QueueDeclarePassive(queue, true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return state.Messages
}

func (b broker) awaitDepth(t *testing.T, queue string, want int) {
	t.Helper()
	rabbittest.Eventually(t, fmt.Sprintf("%d messages in %s", want, queue), func() bool { return b.depth(t, queue) == want })
}

// get takes the next message out of a queue, waiting for it.
func (b broker) get(t *testing.T, queue string) amqp.Delivery {
	t.Helper()
	var d amqp.Delivery
	rabbittest.Eventually(t, "a message in "+queue, func() (ok bool) {
		var err error
		if d, ok, err = b.channel.Get(queue, true); err != nil {
			t.Fatal(err)
		}
		return ok
	})
	return d
}

// consumer is a running consumer of the inventory's queue.
type consumer struct {
	*Consumer
	ended chan error // Run's result
}

// consume starts a consumer on a connection to url and waits until it consumes.
func (b broker) consume(t *testing.T, url string, config ConsumerConfig, handle Handler) consumer {
	t.Helper()
	c := b.start(t, url, config, handle)
	c.awaitReady(t)
	return c
}

// start is consume without the wait. The waits between tries are short.
func (b broker) start(t *testing.T, url string, config ConsumerConfig, handle Handler) consumer {
	t.Helper()
	config.Service = contracts.ServiceInventory
	config.Log = discard
	c := consumer{NewConsumer(connect(t, url), b.publisher, config, handle), make(chan error, 1)}
	quick := backoff{first: time.Millisecond, most: 10 * time.Millisecond}
	c.policy.failures, c.policy.outages, c.policy.deadLetter = quick, quick, quick
	ctx, cancel := context.WithCancel(context.Background())
	go func() { c.ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		rabbittest.Receive(t, "end of Run", c.done)
	})
	return c
}

// newConsumer has no broker.
func newConsumer(t *testing.T) *Consumer {
	t.Helper()
	conn, err := NewConn("amqp://127.0.0.1:1/", t.Name(), discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return NewConsumer(conn, NewPublisher(conn), ConsumerConfig{Service: contracts.ServiceInventory, Log: discard}, nil)
}

func (c consumer) awaitReady(t *testing.T) {
	t.Helper()
	rabbittest.Eventually(t, "a ready consumer", func() bool { return c.Ready() == nil })
}

// stop drains the consumer.
func (c consumer) stop(t *testing.T) {
	t.Helper()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := rabbittest.Receive(t, "end of Run", c.ended); err != nil {
		t.Fatalf("Run: %v", err)
	}
}

// orderCreated is a valid message for the inventory's queue.
func orderCreated(t *testing.T, orderID string) Message {
	t.Helper()
	m := contracts.Message{
		ID:     "event-of-" + orderID,
		Source: "/order",
		Time:   time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Origin: event.Origin{CorrelationID: "request-1", CausationID: "cause-1", Traceparent: "00-1-2-01", Tracestate: "a=b"},
		Data: contracts.OrderCreated{OrderID: orderID, CustomerID: "c", TotalAmount: money.Amount(100),
			Items: []contracts.Item{{ProductID: "p", Quantity: 1}}},
	}
	body, err := contracts.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return toInventory(body, m.ID)
}

// toInventory is any body on its way to the inventory's queue.
func toInventory(body []byte, id string) Message {
	return Message{
		Exchange: EventsExchange, RoutingKey: "order.created", ID: id, Type: contracts.TypeOrderCreated,
		ContentType: contracts.ContentType, Timestamp: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Body: body,
	}
}

var (
	discard        = slog.New(slog.DiscardHandler)
	inventoryQueue = EventsQueue(contracts.ServiceInventory)
	inventoryDead  = DeadQueue(contracts.ServiceInventory)
)
