package e2e

import (
	"reflect"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
)

const repetitions = 2

func TestEveryEventMayBeDeliveredAgain(t *testing.T) {
	plenty, none := newProduct(t, 10), newProduct(t, 0)
	for name, c := range map[string]struct {
		placement
		outcome
		events []string
	}{
		"of a completed order":            {of(line{plenty, 2}), sold, eventsSold},
		"of an order for what is short":   {of(line{none, 2}), short, eventsShort},
		"of an order with a bad payment":  {of(line{plenty, 2}).paying("sim_decline"), declined, eventsDeclined},
		"of an order with a lost payment": {of(line{plenty, 2}).paying("sim_timeout"), sold, eventsSold},
	} {
		t.Run(name, func(t *testing.T) {
			b := dialBroker(t)
			placed := place(t, c.placement)
			waitFor(t, placed.ID, c.outcome)
			events := b.eventsOf(placed.ID, c.events...)
			before := everythingAbout(t, placed)

			b.republish(events)

			if after := everythingAbout(t, placed); !reflect.DeepEqual(after, before) {
				t.Errorf("before: %+v\n after: %+v", before, after)
			}
			others := b.heardBy(func(d amqp.Delivery) bool {
				return d.CorrelationId == placed.ID && d.MessageId != events[d.Type].MessageId
			})
			if len(others) > 0 {
				t.Errorf("%d more events, the first is %s", len(others), others[0].Body)
			}
		})
	}
}

// republish publishes each event several more times, and returns when every
// consumer is through with all of them.
func (b *broker) republish(events map[string]amqp.Delivery) {
	b.t.Helper()
	type consumption struct{ service, eventType string }
	want := map[consumption]int{}
	for _, d := range events {
		route, _ := contracts.RouteOf(d.Type)
		for _, service := range route.Consumers {
			want[consumption{service, d.Type}] = handled(b.t, service, d.Type) + repetitions
		}
	}
	for range repetitions {
		for _, d := range events {
			b.publish(d.Exchange, d.RoutingKey, amqp.Publishing{
				ContentType: d.ContentType, DeliveryMode: d.DeliveryMode, MessageId: d.MessageId, Type: d.Type,
				CorrelationId: d.CorrelationId, Timestamp: d.Timestamp, Headers: d.Headers, Body: d.Body,
			})
		}
	}
	for c, n := range want {
		waitHandled(b.t, c.service, c.eventType, n)
	}
}

// everything is all that the system shows of an order, with its times.
type everything struct {
	order         order
	stock         stock
	reservations  []reservation
	payments      []payment
	ledger        []ledgerEntry
	notifications []notification
}

func everythingAbout(t *testing.T, o order) everything {
	t.Helper()
	query := "order_id=" + o.ID
	return everything{
		order:         mustGet[order](t, orders, "/api/orders/"+o.ID),
		stock:         stockOf(t, o.Items[0].ProductID),
		reservations:  mustList[reservation](t, inventory, "/api/reservations", query),
		payments:      mustList[payment](t, payments, "/api/payments", query),
		ledger:        mustList[ledgerEntry](t, payments, "/api/gateway/ledger", query),
		notifications: mustList[notification](t, notifications, "/api/notifications", query),
	}
}
