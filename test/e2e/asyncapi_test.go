package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/test/asyncapi"
)

func asyncDocument(t *testing.T) *asyncapi.Document {
	t.Helper()
	d, err := asyncapi.Read()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Each of the nine events is sent as the document says.
func TestEventsAreWhatTheDocumentSays(t *testing.T) {
	d, b := asyncDocument(t), dialBroker(t)
	p := newProduct(t, 3)
	completed, refused := place(t, of(line{p, 1})), place(t, of(line{newProduct(t, 0), 1}))
	failed := place(t, of(line{p, 1}).paying("sim_decline"))
	events := []map[string]amqp.Delivery{
		b.eventsOf(completed.ID, eventsSold...), b.eventsOf(refused.ID, eventsShort...), b.eventsOf(failed.ID, eventsDeclined...),
		refundOf(t, b),
	}
	seen := map[string]bool{}
	for _, saga := range events {
		for eventType, delivery := range saga {
			seen[eventType] = true
			if err := d.Check(eventType, delivery.Body); err != nil {
				t.Errorf("%s: %v in %s", eventType, err, delivery.Body)
			}
			if delivery.ContentType != "application/cloudevents+json" || delivery.DeliveryMode != amqp.Persistent || delivery.Type != eventType {
				t.Errorf("%s: %+v", eventType, delivery)
			}
		}
	}
	if len(seen) != 9 {
		t.Errorf("of the nine events there were %v", seen)
	}
}

// The broker refuses to declare a queue again that is there with other arguments.
func TestQueuesAreDeclaredAsTheDocumentSays(t *testing.T) {
	conn, err := amqp.Dial(system.AMQPURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for name, c := range asyncDocument(t).Channels {
		if c.Bindings.AMQP.Is != "queue" {
			if !strings.Contains(c.Address, ".") {
				t.Errorf("%s has the routing key %s", name, c.Address)
			}
			continue
		}
		q := c.Bindings.AMQP.Queue
		if _, err := openChannel(t, conn).QueueDeclare(q.Name, q.Durable, false, false, false, amqp.Table(q.Arguments)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// refundOf has an order cancelled after its charge and before anybody knows of it,
// and returns its events.
func refundOf(t *testing.T, b *broker) map[string]amqp.Delivery {
	t.Helper()
	p := newProduct(t, 100)
	for { // until the cancellation comes before the payment service's second attempt
		placed := place(t, of(line{p, 1}).paying("sim_timeout"))
		eventually(t, func() error {
			ledger, err := ledgerOf(placed.ID)
			if err == nil && ledger == "" {
				err = fmt.Errorf("order %s is not charged", placed.ID)
			}
			return err
		})
		if a := call(t, http.MethodPost, orders, "/api/orders/"+placed.ID+"/cancel", ""); a.Status == http.StatusOK {
			return b.eventsOf(placed.ID, "OrderCreated", "InventoryReserved", "OrderCancelled", "InventoryReleased", "PaymentProcessed", "PaymentRefunded")
		}
	}
}
