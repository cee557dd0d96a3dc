package rabbitkit

import (
	"context"
	"maps"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestReplayIsTheMessageAsItCameFirst(t *testing.T) {
	t.Parallel()
	byKit := amqp.Table{HeaderReason: "failed", HeaderDetail: "no", HeaderOriginalRoutingKey: "order.created", "x-delivery-count": int64(7), "mine": "kept"}
	byBroker := amqp.Table{"mine": "kept", "x-first-death-reason": "delivery_limit", "x-last-death-queue": "q",
		"x-death": []any{amqp.Table{"reason": "delivery_limit", "routing-keys": []any{"order.created"}}, amqp.Table{"reason": "older"}}}
	for name, c := range map[string]struct {
		headers amqp.Table
		reason  string
		want    map[string]any
	}{
		"dead-lettered by the kit":    {byKit, "failed", map[string]any{"mine": "kept", HeaderOriginalRoutingKey: "order.created"}},
		"dead-lettered by the broker": {byBroker, "delivery_limit", map[string]any{"mine": "kept", HeaderOriginalRoutingKey: "order.created"}},
		"put there by hand":           {nil, "", map[string]any{}},
		"strange headers": {amqp.Table{HeaderReason: 1, HeaderOriginalRoutingKey: true, "x-death": "x"}, "",
			map[string]any{HeaderOriginalRoutingKey: true}},
		"strange death": {amqp.Table{"x-death": []any{amqp.Table{"routing-keys": []any{1}}}}, "", map[string]any{}},
	} {
		d := amqp.Delivery{Headers: c.headers, MessageId: "m", Type: "t", CorrelationId: "o", ContentType: "j", Body: []byte("b"), RoutingKey: inventoryDead}
		got := Replay(contracts.ServiceInventory, d)
		if got.Exchange != "" || got.RoutingKey != inventoryQueue || got.ID != "m" || got.Type != "t" ||
			got.CorrelationID != "o" || got.ContentType != "j" || string(got.Body) != "b" {
			t.Errorf("%s: %+v", name, got)
		}
		if !maps.Equal(got.Headers, c.want) || ReasonOf(d) != c.reason {
			t.Errorf("%s: reason %q, headers %v", name, ReasonOf(d), got.Headers)
		}
		if err := got.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// However often a message is replayed, its dead letter says where it came from.
func TestReplayThatDiesAgainKeepsItsFirstRoutingKey(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.consume(t, b.url, ConsumerConfig{}, func(context.Context, contracts.Message) error {
		return errs.New(errs.UnknownOrder, "never heard of it")
	})
	b.publish(t, orderCreated(t, "order-1"))
	for range 3 {
		d := b.awaitLetter(t, string(errs.UnknownOrder), "never heard of it") // and the key order.created
		b.publish(t, Replay(contracts.ServiceInventory, d))
	}
	b.awaitLetter(t, string(errs.UnknownOrder), "never heard of it")
}

func TestReplayReachesTheOwnQueueAlone(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	if err := SagaTopology().Declare(t.Context(), b.url); err != nil {
		t.Fatal(err)
	}
	cancelled := Message{Exchange: DeadExchange, RoutingKey: inventoryDead, ID: "m", Body: []byte("{}"),
		Headers: map[string]any{HeaderReason: "failed", HeaderOriginalRoutingKey: "order.cancelled"}}
	b.publish(t, cancelled)
	b.publish(t, Replay(contracts.ServiceInventory, b.get(t, inventoryDead)))
	rabbittest.Eventually(t, "the replay", func() bool { return b.depth(t, inventoryQueue) == 1 })
	for _, service := range []string{contracts.ServicePayment, contracts.ServiceNotification} {
		if depth := b.depth(t, EventsQueue(service)); depth != 0 {
			t.Errorf("%d messages for %s", depth, service)
		}
	}
}
