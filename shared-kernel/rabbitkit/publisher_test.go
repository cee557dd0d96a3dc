package rabbitkit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/wagslane/go-rabbitmq"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestPublish(t *testing.T) {
	t.Parallel()
	b := newBroker(t)

	t.Run("a message arrives whole and persistent", func(t *testing.T) {
		sent := orderCreated(t, "order-1")
		sent.CorrelationID = "order-1"
		sent.Headers = map[string]any{"traceparent": "00-1-2-01"}
		b.publish(t, sent)
		got := b.get(t, inventoryQueue)
		if got.MessageId != sent.ID || got.Type != sent.Type || got.CorrelationId != "order-1" ||
			got.ContentType != sent.ContentType || !got.Timestamp.Equal(sent.Timestamp) ||
			got.Headers["traceparent"] != "00-1-2-01" || string(got.Body) != string(sent.Body) ||
			got.DeliveryMode != amqp.Persistent {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("a message that no queue is bound for is kept", func(t *testing.T) {
		b.publish(t, Message{Exchange: EventsExchange, RoutingKey: "nobody.listens", ID: "lost?"})
		if got := b.get(t, UnroutableQueue); got.MessageId != "lost?" || got.RoutingKey != "nobody.listens" {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("an impossible message leaves the rest of its batch alone", func(t *testing.T) {
		long := strings.Repeat("ü", 128) // 256 bytes, as an order id may have them
		longNames := orderCreated(t, "order-2")
		longNames.ID, longNames.CorrelationID = long, long
		longKey := orderCreated(t, "order-3")
		longKey.RoutingKey = long
		unknownHeader := orderCreated(t, "order-4")
		unknownHeader.Headers = map[string]any{"x": struct{}{}}

		results := b.publisher.Publish(t.Context(), []Message{orderCreated(t, "order-1"), longNames, longKey, unknownHeader, orderCreated(t, "order-5")})
		for i, possible := range []bool{true, true, false, false, true} {
			if possible && results[i] != nil {
				t.Errorf("message %d: %v", i, results[i])
			}
			if !possible && (results[i] == nil || errs.Is(results[i], errs.Unavailable)) {
				t.Errorf("message %d: %v, want an error that doesn't ask for another try", i, results[i])
			}
		}
		b.awaitDepth(t, inventoryQueue, 3)
	})
}

func TestPublishFailsAtOnceWithoutConnection(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	proxy := rabbittest.NewProxy(t, b.url)
	publisher := NewPublisher(connect(t, proxy.URL))
	publisher.timeout = time.Hour // a wait would be noticed

	proxy.Refuse()
	rabbittest.Eventually(t, "the loss of the connection", func() bool { return publisher.Ready() != nil })
	if err := publisher.Publish(t.Context(), []Message{orderCreated(t, "order-1")})[0]; !errs.Is(err, errs.Unavailable) {
		t.Fatalf("got %v, want an Unavailable error", err)
	}

	proxy.Accept()
	if err := publisher.conn.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := publisher.Publish(t.Context(), []Message{orderCreated(t, "order-1")})[0]; err != nil {
		t.Fatal(err)
	}
}

// Confirms that were on their way when the connection broke are lost: the
// messages have to be published again, though the broker has them.
func TestConfirmsInFlightAreLostWithTheConnection(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	proxy := rabbittest.NewProxy(t, b.url)
	publisher := NewPublisher(connect(t, proxy.URL))
	publisher.timeout = time.Hour
	batch := []Message{orderCreated(t, "order-1"), orderCreated(t, "order-2")}
	if err := errors.Join(publisher.Publish(t.Context(), batch)...); err != nil {
		t.Fatal(err)
	}

	held := proxy.HoldReplies()
	results := make(chan []error, 1)
	go func() { results <- publisher.Publish(t.Context(), batch) }()
	rabbittest.Receive(t, "confirms", held)
	b.awaitDepth(t, inventoryQueue, 4)
	proxy.Cut()
	proxy.ReleaseReplies()
	for i, err := range rabbittest.Receive(t, "results", results) {
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("message %d: got %v, want an Unavailable error", i, err)
		}
	}

	rabbittest.Eventually(t, "publishing again", func() bool {
		return errors.Join(publisher.Publish(t.Context(), batch)...) == nil
	})
	b.awaitDepth(t, inventoryQueue, 6)
}

// Not parallel: the alarm is the whole broker's.
func TestPublisherOutlivesMemoryAlarm(t *testing.T) {
	b := newBroker(t)
	proxy := rabbittest.NewProxy(t, b.url)
	publisher := NewPublisher(connect(t, proxy.URL))
	publish := func() error { return publisher.Publish(t.Context(), []Message{orderCreated(t, "order-1")})[0] }
	if err := publish(); err != nil {
		t.Fatal(err)
	}

	clearAlarm := rabbittest.MemoryAlarm(t)
	publisher.timeout = 100 * time.Millisecond
	rabbittest.Eventually(t, "a message that the broker takes and doesn't confirm", func() bool {
		err := publish()
		return errs.Is(err, errs.Unavailable) && !errors.Is(err, rabbitmq.ErrPublishBlocked)
	})
	rabbittest.Eventually(t, "the broker's word that it blocks", func() bool {
		return errors.Is(publish(), rabbitmq.ErrPublishBlocked)
	})

	// More than the sockets' buffers take, so that the write is stuck. The broker
	// doesn't answer this connection's goodbye either.
	other := connect(t, b.url)
	stuck := NewPublisher(other)
	stuck.timeout = 100 * time.Millisecond
	flood := slices.Repeat([]Message{toInventory(make([]byte, 1<<20), "big")}, 64)
	for i, err := range stuck.Publish(t.Context(), flood) {
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("message %d of the flood: got %v, want an Unavailable error", i, err)
		}
	}
	if err := stuck.Publish(t.Context(), flood[:1])[0]; !errs.Is(err, errs.Unavailable) {
		t.Errorf("message behind the flood: got %v, want an Unavailable error", err)
	}
	closed := make(chan struct{})
	go func() {
		other.Close()
		close(closed)
	}()
	rabbittest.Receive(t, "the end of Close", closed)

	// The connection that the alarm's end would be told on is gone.
	proxy.Cut()
	rabbittest.Eventually(t, "the loss of the connection", func() bool { return publisher.Ready() != nil })
	clearAlarm()
	publisher.timeout = publishTimeout
	rabbittest.Eventually(t, "publishing again", func() bool { return publish() == nil })
}
