package rabbitkit

import (
	"context"
	"slices"
	"testing"

	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestSagaTopologyIsTheWireContract(t *testing.T) {
	t.Parallel()
	var got []string
	for _, b := range SagaTopology().Bindings {
		got = append(got, b.Exchange+" "+b.Key+" -> "+b.Queue)
	}
	want := []string{
		"events inventory.released -> order.events",
		"events inventory.reserved -> order.events",
		"events inventory.reserved -> payment.events",
		"events inventory.unavailable -> order.events",
		"events order.cancelled -> inventory.events",
		"events order.cancelled -> notification.events",
		"events order.cancelled -> payment.events",
		"events order.confirmed -> inventory.events",
		"events order.confirmed -> notification.events",
		"events order.created -> inventory.events",
		"events payment.failed -> notification.events",
		"events payment.failed -> order.events",
		"events payment.processed -> notification.events",
		"events payment.processed -> order.events",
		"events payment.refunded -> notification.events",
		"events payment.refunded -> order.events",
		"events.dead inventory.dead -> inventory.dead",
		"events.dead notification.dead -> notification.dead",
		"events.dead order.dead -> order.dead",
		"events.dead payment.dead -> payment.dead",
		"events.unroutable  -> events.unroutable",
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestTopologyMayBeDeclaredAgainButNotChanged(t *testing.T) {
	t.Parallel()
	url := rabbittest.New(t)
	for range 2 {
		if err := SagaTopology().Declare(t.Context(), url); err != nil {
			t.Fatal(err)
		}
	}
	changed := Topology{Queues: []Queue{{Name: inventoryQueue}}}
	if err := changed.Declare(t.Context(), url); err == nil {
		t.Error("a queue was declared again with other arguments")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := SagaTopology().Declare(ctx, url); err == nil {
		t.Error("declared although the context had ended")
	}
}

// What the broker itself gives up on must reach the dead queue too.
func TestBrokerDeadLettersAtTheDeliveryLimit(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.publish(t, orderCreated(t, "order-1"))
	for range deliveryLimit + 1 {
		var tag uint64
		rabbittest.Eventually(t, "the message again", func() bool {
			d, ok, err := b.channel.Get(inventoryQueue, false)
			if err != nil {
				t.Fatal(err)
			}
			tag = d.DeliveryTag
			return ok
		})
		if err := b.channel.Nack(tag, false, true); err != nil {
			t.Fatal(err)
		}
	}
	got := b.get(t, inventoryDead)
	if got.MessageId != "event-of-order-1" || ReasonOf(got) != "delivery_limit" || OriginalKey(got) != "order.created" {
		t.Errorf("got %+v", got)
	}
}
