package rabbitkit

import (
	"context"
	"testing"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestConsumerKnowsWhatWaitsAndWhatIsSettled(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.publish(t, orderCreated(t, "order-1"), orderCreated(t, "order-2"), toInventory([]byte("{"), "bad"))
	proxy := rabbittest.NewProxy(t, b.url)
	idle := NewConsumer(connect(t, proxy.URL), b.publisher, ConsumerConfig{Service: contracts.ServiceInventory, Log: discard}, nil)
	rabbittest.Eventually(t, "three waiting", func() bool {
		waiting, err := idle.Waiting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return waiting == 3
	})

	c := b.consume(t, b.url, ConsumerConfig{}, func(context.Context, contracts.Message) error { return nil })
	rabbittest.Eventually(t, "three settled", func() bool { return c.Settled() == 3 })
	rabbittest.Eventually(t, "none waiting", func() bool {
		waiting, err := c.Waiting(t.Context())
		return err == nil && waiting == 0
	})

	proxy.Refuse()
	if _, err := idle.Waiting(t.Context()); !errs.Is(err, errs.Unavailable) {
		t.Errorf("got %v, want an Unavailable error", err)
	}
}
