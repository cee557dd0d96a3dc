package rabbitkit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestHandlerGetsTheEventAndItsOrigin(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	type call struct {
		m      contracts.Message
		origin event.Origin
	}
	calls := make(chan call, 1)
	c := b.consume(t, b.url, ConsumerConfig{}, func(ctx context.Context, m contracts.Message) error {
		calls <- call{m, event.OriginOf(ctx)}
		return nil
	})
	b.publish(t, orderCreated(t, "order-1"))
	got := rabbittest.Receive(t, "the event", calls)
	if data, ok := got.m.Data.(contracts.OrderCreated); !ok || data.OrderID != "order-1" {
		t.Errorf("got %+v", got.m)
	}
	want := event.Origin{CorrelationID: "request-1", CausationID: "event-of-order-1", Traceparent: "00-1-2-01", Tracestate: "a=b"}
	if got.origin != want {
		t.Errorf("origin %+v, want %+v", got.origin, want)
	}

	foreign := `{"specversion":"1.0","id":"e","type":"OrderCancelled","data":{"order_id":"order-2","customer_id":"c","reason":"TIMEOUT"}}`
	b.publish(t, toInventory([]byte(foreign), "e"))
	got = rabbittest.Receive(t, "the foreign event", calls)
	if want := (event.Origin{CorrelationID: "order-2", CausationID: "e"}); got.origin != want {
		t.Errorf("origin of a foreign event %+v, want %+v", got.origin, want)
	}
	c.stop(t)
	b.awaitDepth(t, inventoryQueue, 0)
}

func TestHandlersRunAtOnce(t *testing.T) {
	t.Parallel()
	const concurrency = 200
	b := newBroker(t)
	var all sync.WaitGroup
	all.Add(concurrency)
	var handled atomic.Int32
	b.consume(t, b.url, ConsumerConfig{Concurrency: concurrency}, func(context.Context, contracts.Message) error {
		all.Done()
		all.Wait() // returns only when all of them are here
		handled.Add(1)
		return nil
	})
	var batch []Message
	for i := range concurrency {
		batch = append(batch, orderCreated(t, fmt.Sprint("order-", i)))
	}
	b.publish(t, batch...)
	rabbittest.Eventually(t, "all handled", func() bool { return handled.Load() == concurrency })
}

func TestOutageIsWaitedForWithTheMessageInHand(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	const outage = 50 // tries, many more than a failing message gets
	var tries atomic.Int32
	c := b.consume(t, b.url, ConsumerConfig{}, func(context.Context, contracts.Message) error {
		if tries.Add(1) <= outage {
			return errs.New(errs.Unavailable, "the database is down")
		}
		return nil
	})
	b.publish(t, orderCreated(t, "order-1"))
	rabbittest.Eventually(t, "the try that succeeds", func() bool { return tries.Load() > outage })
	c.stop(t)
	b.awaitDepth(t, inventoryQueue, 0)
	b.awaitDepth(t, inventoryDead, 0)
}

// A handler that gets no answer from something that hangs is an outage too.
func TestHandlerThatHangsIsAnOutage(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	c.policy.timeout = time.Nanosecond
	c.handle = func(ctx context.Context, _ contracts.Message) error {
		<-ctx.Done()
		return fmt.Errorf("query: %w", ctx.Err())
	}
	if err := c.try(t.Context(), contracts.Message{}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("got %v, want an Unavailable error", err)
	}
}

// Each bad message gets its tries and its reason, and the good one behind it is
// handled. A panic that nobody recovers would end the test's process.
func TestBadMessagesAreDeadLetteredWithTheirReason(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	bad := map[string]struct {
		fail           func() error
		tries          int32
		reason, detail string
	}{
		"fails":         {func() error { return errors.New("no such column") }, 5, "failed", "no such column"},
		"panics":        {func() error { panic("index out of range") }, 5, "panic", "index out of range"},
		"contradicts":   {func() error { return fmt.Errorf("release: %w", errs.New(errs.Contradiction, "it is sold")) }, 1, "contradiction", "release: it is sold"},
		"unknown order": {func() error { return errs.New(errs.UnknownOrder, "who?") }, 1, "unknown_order", "who?"},
	}
	var tries atomic.Int32
	handled := make(chan string, 1)
	b.consume(t, b.url, ConsumerConfig{}, func(_ context.Context, m contracts.Message) error {
		if what, is := bad[m.Data.Subject()]; is {
			tries.Add(1)
			return what.fail()
		}
		handled <- m.Data.Subject()
		return nil
	})
	for id, want := range bad {
		tries.Store(0)
		b.publish(t, orderCreated(t, id), orderCreated(t, "good"))
		b.awaitLetter(t, want.reason, want.detail)
		if got := tries.Load(); got != want.tries {
			t.Errorf("%s: %d tries, want %d", id, got, want.tries)
		}
		rabbittest.Receive(t, "the next message", handled)
	}
}
