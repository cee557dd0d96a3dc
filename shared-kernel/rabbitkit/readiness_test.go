package rabbitkit

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

// go-rabbitmq's Run returns no error once it has started, whatever happens.
func TestReadyOnlyWhileReallyConsuming(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	proxy := rabbittest.NewProxy(t, b.url)
	handled := make(chan string, 10)
	c := b.consume(t, proxy.URL, ConsumerConfig{}, func(_ context.Context, m contracts.Message) error {
		handled <- m.Data.Subject()
		return nil
	})

	proxy.Refuse()
	rabbittest.Eventually(t, "a consumer that is not ready", func() bool { return c.Ready() != nil })
	b.publish(t, orderCreated(t, "order-1"))
	proxy.Accept()
	c.awaitReady(t)
	rabbittest.Receive(t, "the message published meanwhile", handled)
}

// /readyz shows an Unavailable error's text, and takes another one for a defect.
func TestNotReadyIsUnavailable(t *testing.T) {
	t.Parallel()
	expect := func(err error, message string) {
		t.Helper()
		if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), message) {
			t.Errorf("%v (%s), want %q", err, errs.CodeOf(err), message)
		}
	}
	dead := &Conn{reason: errors.New("refused")}
	c := NewConsumer(dead, nil, ConsumerConfig{Service: contracts.ServiceInventory, Log: discard}, nil)
	expect(c.Ready(), "no connection to the broker")
	dead.session = &session{lost: make(chan struct{})} // is there
	expect(c.Ready(), "the consumer has not subscribed yet")
	c.subscription.Store(&subscription{})
	expect(c.Ready(), "the broker has not accepted the consumer yet")
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(c.Ready(), "the consumer is stopping")
}

// A connection is not enough.
func TestNotReadyWhileTheBrokerRefusesTheConsumer(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	rabbittest.Permit(t, b.url, "^events") // the exchanges, not the queue
	c := b.start(t, b.url, ConsumerConfig{}, func(context.Context, contracts.Message) error { return nil })
	rabbittest.Eventually(t, "the refusal", func() bool {
		err := c.Ready()
		if err == nil {
			t.Fatal("ready though the broker refuses the consumer")
		}
		return strings.Contains(err.Error(), "ACCESS_REFUSED")
	})
	rabbittest.Permit(t, b.url, ".*")
	c.awaitReady(t)
}

// A connection that swallows everything is open as far as the socket knows.
func TestNotReadyWhenTheBrokerFallsSilent(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	proxy := rabbittest.NewProxy(t, b.url)
	c := b.consume(t, proxy.URL, ConsumerConfig{}, func(context.Context, contracts.Message) error { return nil })
	proxy.HoldReplies()
	rabbittest.Eventually(t, "a consumer that is not ready", func() bool { return c.Ready() != nil })
	proxy.Cut() // so that it can leave
	proxy.ReleaseReplies()
	c.awaitReady(t)
}

// The broker cancels the consumers of a deleted queue and tells nobody else.
func TestConsumerSurvivesTheLossOfItsQueue(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	handled := make(chan string, 10)
	c := b.consume(t, b.url, ConsumerConfig{}, func(_ context.Context, m contracts.Message) error {
		handled <- m.Data.Subject()
		return nil
	})
	before := c.subscription.Load()
	if _, err := b.channel.QueueDelete(inventoryQueue, false, false, false); err != nil {
		t.Fatal(err)
	}
	rabbittest.Eventually(t, "a new subscription", func() bool {
		return c.subscription.Load() != before && c.Ready() == nil
	})
	b.publish(t, orderCreated(t, "order-1"))
	rabbittest.Receive(t, "a message through the new queue", handled)
}

// What was in hand when the connection broke can't be acknowledged any more and
// comes again.
func TestMessageInHandComesAgainOnTheNextConnection(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	proxy := rabbittest.NewProxy(t, b.url)
	started, finish := make(chan struct{}, 2), make(chan struct{})
	c := b.consume(t, proxy.URL, ConsumerConfig{}, func(context.Context, contracts.Message) error {
		started <- struct{}{}
		<-finish
		return nil
	})
	b.publish(t, orderCreated(t, "order-1"))
	rabbittest.Receive(t, "the message", started)
	proxy.Cut()
	rabbittest.Receive(t, "the message again", started)
	close(finish)
	c.awaitReady(t)
	c.stop(t)
	b.awaitDepth(t, inventoryQueue, 0)
	b.awaitDepth(t, inventoryDead, 0)
}

// Waiting on would handle it twice at once, and acknowledge it never.
func TestHeldMessageIsLetGoWithItsConnection(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	proxy := rabbittest.NewProxy(t, b.url)
	var tries atomic.Int32
	c := b.consume(t, proxy.URL, ConsumerConfig{}, func(context.Context, contracts.Message) error {
		tries.Add(1)
		return errs.New(errs.Unavailable, "the database is down")
	})
	b.publish(t, orderCreated(t, "order-1"))
	rabbittest.Eventually(t, "a held message", func() bool { return tries.Load() > 2 })
	proxy.Cut()
	released := c.metrics.deliveries.WithLabelValues(contracts.TypeOrderCreated, outcomeReleased)
	rabbittest.Eventually(t, "the message let go", func() bool { return testutil.ToFloat64(released) == 1 })
	c.awaitReady(t)
	before := tries.Load()
	rabbittest.Eventually(t, "the message again", func() bool { return tries.Load() > before })
}

func TestConsumerMetrics(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	registry := prometheus.NewRegistry()
	handled := make(chan struct{}, 1)
	c := b.consume(t, b.url, ConsumerConfig{Registerer: registry}, func(context.Context, contracts.Message) error {
		handled <- struct{}{}
		return nil
	})
	expect := func(metrics string) {
		t.Helper()
		if err := testutil.GatherAndCompare(registry, strings.NewReader(metrics)); err != nil {
			t.Error(err)
		}
	}
	expect(`
# HELP rabbitmq_consumer_consuming 1 while the broker delivers to this consumer, else 0.
# TYPE rabbitmq_consumer_consuming gauge
rabbitmq_consumer_consuming{queue="inventory.events"} 1
`)
	b.publish(t, orderCreated(t, "order-1"), toInventory([]byte("{"), "bad"))
	b.awaitLetter(t, contracts.ReasonMalformed, "")
	rabbittest.Receive(t, "the event", handled)
	c.stop(t)
	expect(`
# HELP rabbitmq_consumer_consuming 1 while the broker delivers to this consumer, else 0.
# TYPE rabbitmq_consumer_consuming gauge
rabbitmq_consumer_consuming{queue="inventory.events"} 0
# HELP rabbitmq_consumer_dead_letters_total Messages that this consumer put into the dead queue.
# TYPE rabbitmq_consumer_dead_letters_total counter
rabbitmq_consumer_dead_letters_total{queue="inventory.events",reason="malformed"} 1
# HELP rabbitmq_consumer_deliveries_total Deliveries that this consumer is through with.
# TYPE rabbitmq_consumer_deliveries_total counter
rabbitmq_consumer_deliveries_total{outcome="dead_lettered",queue="inventory.events",type="unknown"} 1
rabbitmq_consumer_deliveries_total{outcome="handled",queue="inventory.events",type="OrderCreated"} 1
`)
}
