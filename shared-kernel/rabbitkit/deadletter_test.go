package rabbitkit

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

// awaitLetter takes the next dead letter and checks why it is there.
func (b broker) awaitLetter(t *testing.T, reason, detail string) amqp.Delivery {
	t.Helper()
	d := b.get(t, inventoryDead)
	if d.Headers[HeaderReason] != reason {
		t.Errorf("%s is %v, want %s", HeaderReason, d.Headers[HeaderReason], reason)
	}
	if got, _ := d.Headers[HeaderDetail].(string); !strings.Contains(got, detail) {
		t.Errorf("%s is %q, want it to contain %q", HeaderDetail, got, detail)
	}
	if d.Headers[HeaderOriginalRoutingKey] != "order.created" {
		t.Errorf("%s is %v", HeaderOriginalRoutingKey, d.Headers[HeaderOriginalRoutingKey])
	}
	return d
}

func TestUndecodableMessagesAreDeadLetteredWhole(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	handled := make(chan string, 1)
	b.consume(t, b.url, ConsumerConfig{}, func(_ context.Context, m contracts.Message) error {
		handled <- m.Data.Subject()
		return nil
	})
	for reason, body := range map[string]string{
		contracts.ReasonMalformed:          `{"specversion":`,
		contracts.ReasonUnsupportedVersion: `{"specversion":"2.0","id":"e","type":"OrderCreated"}`,
		contracts.ReasonUnknownType:        `{"specversion":"1.0","id":"e","type":"OrderEaten"}`,
		contracts.ReasonInvalid:            `{"specversion":"1.0","id":"e","type":"OrderCreated","data":{}}`,
		contracts.ReasonTooLarge:           string(bytes.Repeat([]byte("x"), 1<<20)),
	} {
		sent := toInventory([]byte(body), "id-"+reason)
		sent.CorrelationID = "order-1"
		sent.Headers = map[string]any{
			"traceparent": "00-1-2-01", "tries": int32(7), HeaderReason: "of before", "large": strings.Repeat("x", maxKept), "nested": amqp.Table{},
		}
		b.publish(t, sent)
		got := b.awaitLetter(t, reason, "")
		if string(got.Body) != body || got.MessageId != sent.ID || got.CorrelationId != "order-1" || got.Type != sent.Type ||
			got.ContentType != sent.ContentType || !got.Timestamp.Equal(sent.Timestamp) || got.DeliveryMode != amqp.Persistent {
			t.Errorf("%s: the dead letter differs from the message: %s, %d bytes", reason, got.MessageId, len(got.Body))
		}
		if own := got.Headers; own["traceparent"] != "00-1-2-01" || own["tries"] != int32(7) || own["large"] != nil || own["nested"] != nil {
			t.Errorf("%s: headers %.500v", reason, own)
		}
	}
	b.publish(t, orderCreated(t, "order-1"))
	rabbittest.Receive(t, "the next message", handled)
}

// The message may leave its queue only when the dead queue has it.
func TestMessageIsHeldUntilItsDeadLetterIsConfirmed(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	proxy := rabbittest.NewProxy(t, b.url)
	dead := NewPublisher(connect(t, proxy.URL))
	proxy.Refuse()
	rabbittest.Eventually(t, "the loss of the connection", func() bool { return dead.Ready() != nil })

	direct := b.publisher
	b.publisher = dead
	var tries atomic.Int32
	c := b.consume(t, b.url, ConsumerConfig{}, func(context.Context, contracts.Message) error {
		tries.Add(1)
		return errs.New(errs.UnknownOrder, "never heard of it")
	})
	b.publisher = direct
	b.publish(t, orderCreated(t, "order-1"))
	rabbittest.Eventually(t, "the message in hand", func() bool { return tries.Load() == 1 })
	c.stop(t)
	b.awaitDepth(t, inventoryQueue, 1)
	b.awaitDepth(t, inventoryDead, 0)

	b.publisher = dead
	b.consume(t, b.url, ConsumerConfig{}, c.handle)
	proxy.Accept()
	b.awaitLetter(t, string(errs.UnknownOrder), "never heard of it")
	b.awaitDepth(t, inventoryQueue, 0)
}

func TestDetailFitsIntoAHeader(t *testing.T) {
	t.Parallel()
	got := cut(strings.Repeat("ü", maxDetail))
	if len(got) > maxDetail || len(got) < maxDetail-utf8.UTFMax || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid UTF-8: %t", len(got), utf8.ValidString(got))
	}
	if got := cut("a\xffb\x00"); got != "ab\x00" {
		t.Errorf("got %q", got)
	}
}
