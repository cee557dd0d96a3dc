package rabbitkit

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

// go-rabbitmq's graceful close refuses what arrives while handlers finish, so
// often that the broker dead-letters it.
func TestStopFinishesWhatIsInHandAndLosesNothing(t *testing.T) {
	t.Parallel()
	const concurrency, backlog = 4, 50
	b := newBroker(t)
	started := make(chan struct{}, backlog)
	finish := make(chan struct{})
	var handled atomic.Int32
	c := b.consume(t, b.url, ConsumerConfig{Concurrency: concurrency, Prefetch: 64}, func(ctx context.Context, _ contracts.Message) error {
		started <- struct{}{}
		<-finish
		handled.Add(1)
		return ctx.Err()
	})
	var batch []Message
	for i := range backlog {
		batch = append(batch, orderCreated(t, fmt.Sprint("order-", i)))
	}
	b.publish(t, batch...)
	for range concurrency {
		rabbittest.Receive(t, "a message in hand", started)
	}

	stopped := make(chan error, 1)
	go func() { stopped <- c.Stop(t.Context()) }()
	rabbittest.Receive(t, "the beginning of the drain", c.drain.begun)
	close(finish)
	if err := rabbittest.Receive(t, "the end of Stop", stopped); err != nil {
		t.Fatal(err)
	}
	if got := handled.Load(); got != concurrency {
		t.Errorf("%d handled, want the %d that were in hand", got, concurrency)
	}
	b.awaitDepth(t, inventoryQueue, backlog-concurrency)
	b.awaitDepth(t, inventoryDead, 0)
}

// While it drains, deliveries that arrive wait; none goes back and forth.
func TestDeliveriesWaitWhileItDrains(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	started, finish := make(chan struct{}, 1), make(chan struct{})
	c := b.consume(t, b.url, ConsumerConfig{Concurrency: 2}, func(context.Context, contracts.Message) error {
		started <- struct{}{}
		<-finish
		return nil
	})
	b.publish(t, orderCreated(t, "in hand"))
	rabbittest.Receive(t, "the message in hand", started)
	stopped := make(chan error, 1)
	go func() { stopped <- c.Stop(t.Context()) }()
	rabbittest.Receive(t, "the beginning of the drain", c.drain.begun)

	b.publish(t, orderCreated(t, "too late"))
	// Far more round trips to the broker than deliveries it would take to reach
	// the limit.
	for range 20 * deliveryLimit {
		if b.depth(t, inventoryDead) > 0 {
			t.Fatal("a good message was dead-lettered")
		}
	}
	close(finish)
	if err := rabbittest.Receive(t, "the end of Stop", stopped); err != nil {
		t.Fatal(err)
	}
	if got := b.get(t, inventoryQueue); got.MessageId != "event-of-too late" {
		t.Errorf("got %s", got.MessageId)
	}
}

func TestStopLetsGoOfWhatAnOutageHolds(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	var tries atomic.Int32
	c := b.consume(t, b.url, ConsumerConfig{}, func(context.Context, contracts.Message) error {
		tries.Add(1)
		return errs.New(errs.Unavailable, "the database is down")
	})
	b.publish(t, orderCreated(t, "order-1"))
	rabbittest.Eventually(t, "a held message", func() bool { return tries.Load() > 2 })
	c.stop(t)
	b.awaitDepth(t, inventoryQueue, 1)
	b.awaitDepth(t, inventoryDead, 0)
}

// A handler keeps its context through a stop, until the time for it is up.
func TestHandlersAreCancelledWhenTheTimeToStopIsUp(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	contexts := make(chan context.Context, 1)
	c := b.consume(t, b.url, ConsumerConfig{}, func(ctx context.Context, _ contracts.Message) error {
		contexts <- ctx
		<-ctx.Done()
		return ctx.Err()
	})
	b.publish(t, orderCreated(t, "order-1"))
	handling := rabbittest.Receive(t, "the message in hand", contexts)

	patience, giveUp := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- c.Stop(patience) }()
	rabbittest.Receive(t, "the beginning of the drain", c.drain.begun)
	if handling.Err() != nil {
		t.Error("the handler was cancelled when the stop began")
	}
	giveUp()
	if err := rabbittest.Receive(t, "the end of Stop", stopped); err == nil {
		t.Error("Stop says that it drained")
	}
	rabbittest.Receive(t, "the end of the handler's context", handling.Done())
	rabbittest.Receive(t, "the end of Run", c.done)
	b.awaitDepth(t, inventoryQueue, 1)
	b.awaitDepth(t, inventoryDead, 0)
}

func TestConsumerThatNeverRanMayBeStopped(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	if err := c.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if c.Ready() == nil {
		t.Error("a stopped consumer is ready")
	}
	if err := c.Run(t.Context()); err != nil {
		t.Errorf("Run after Stop: %v", err)
	}
}

func TestConsumerWithoutBrokerMayBeStopped(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(t.Context()) }()
	rabbittest.Eventually(t, "the beginning of Run", c.started.Load)
	if err := c.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := rabbittest.Receive(t, "the end of Run", ended); err != nil {
		t.Error(err)
	}
}
