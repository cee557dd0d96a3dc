package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
)

func TestMessageThatBreaksTheContractIsDeadLettered(t *testing.T) {
	b := dialBroker(t)
	whole := b.encode(newEvent(cancelled(newID()))).Body
	change := func(old, new string) []byte {
		t.Helper()
		changed := bytes.Replace(whole, []byte(old), []byte(new), 1)
		if bytes.Equal(changed, whole) {
			t.Fatalf("no %s in %s", old, whole)
		}
		return changed
	}
	for name, c := range map[string]struct {
		body   []byte
		reason string
	}{
		"malformed":              {[]byte(`{"specversion":`), "malformed"},
		"no object":              {[]byte(`"hello"`), "malformed"},
		"empty":                  {nil, "malformed"},
		"invalid UTF-8":          {change("customer-1", "\xff"), "malformed"},
		"unknown type":           {change("OrderCancelled", "OrderForgotten"), "unknown_type"},
		"wrong version":          {change(`"1.0"`, `"2.0"`), "unsupported_version"},
		"field of a wrong type":  {change(`"customer-1"`, `7`), "invalid"},
		"field against the rule": {change(`"customer-1"`, `"`+strings.Repeat("x", 129)+`"`), "invalid"},
		"another subject":        {change(`"subject":"`, `"subject":"x`), "invalid"},
		"1 MB":                   {change("customer-1", strings.Repeat("x", 1_000_000)), "too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			// Between them, these two keys reach all four services.
			for key, services := range map[string][]string{
				"order.cancelled":    {inventory, payments, notifications},
				"inventory.released": {orders},
			} {
				id := newID()
				b.publish(eventsExchange, key, amqp.Publishing{MessageId: id, Body: c.body})
				for _, service := range services {
					d := b.expectDead(service, id, c.reason, key)
					if !bytes.Equal(d.Body, c.body) {
						t.Errorf("the body was changed: %.200s", d.Body)
					}
				}
			}
			waitFor(t, place(t, of(line{newProduct(t, 1), 1})).ID, sold)
		})
	}
	for _, service := range contracts.Services {
		n, _, err := metric(service, "rabbitmq_consumer_dead_letters_total", `reason="unknown_type"`)
		if err != nil || n < 1 {
			t.Errorf("%s counts %v dead letters of an unknown type, %v", service, n, err)
		}
	}
}

func TestContradictionsAreDeadLettered(t *testing.T) {
	b, p := dialBroker(t), newProduct(t, 1)
	completed, refused := place(t, of(line{p, 1})), place(t, of(line{newProduct(t, 0), 1}))
	released := place(t, of(line{newProduct(t, 1), 1}).paying("sim_decline"))
	waitFor(t, completed.ID, sold)
	waitFor(t, refused.ID, short)
	waitFor(t, released.ID, declined)

	confirmed := func(o string) contracts.OrderConfirmed {
		return contracts.OrderConfirmed{OrderID: o, CustomerID: "customer-1", TotalAmount: price}
	}
	for name, data := range map[string]contracts.Data{
		"confirmed without a reservation":     confirmed(newID()),
		"confirmed although it was refused":   confirmed(refused.ID),
		"confirmed although it was cancelled": confirmed(released.ID),
		"cancelled although it was sold":      cancelled(completed.ID),
	} {
		t.Run(name, func(t *testing.T) {
			m := newEvent(data)
			b.deliver(inventory, m)
			b.expectDead(inventory, m.ID, "contradiction", "inventory.events")
		})
	}
	for id, want := range map[string]outcome{completed.ID: sold, refused.ID: short, released.ID: declined} {
		if err := checkOutcome(id, want); err != nil {
			t.Error(err)
		}
	}
	expectStock(t, p, stock{Sold: 1})
}

func TestEventOfAnUnknownOrderIsDeadLettered(t *testing.T) {
	t.Parallel()
	b := dialBroker(t)
	for _, id := range []string{newID(), "no-uuid"} {
		for _, data := range []contracts.Data{
			contracts.InventoryReleased{OrderID: id, Items: []contracts.Item{{ProductID: "product-A", Quantity: 1}}},
			contracts.InventoryUnavailable{OrderID: id},
		} {
			m := newEvent(data)
			b.emit(m)
			route, _ := contracts.RouteOf(data.EventType())
			b.expectDead(orders, m.ID, "unknown_order", route.Key)
		}
	}
}

func TestEventThatAServiceDoesNotConsumeIsIgnored(t *testing.T) {
	b, placed := dialBroker(t), place(t, of(line{newProduct(t, 1), 1}))
	waitFor(t, placed.ID, sold)
	before := everythingAbout(t, placed)

	released := contracts.InventoryReleased{OrderID: placed.ID, Items: []contracts.Item{{ProductID: "product-A", Quantity: 1}}}
	for _, service := range []string{inventory, payments, notifications} {
		b.deliverHandled(service, newEvent(released))
	}
	b.deliverHandled(orders, newEvent(contracts.OrderConfirmed{OrderID: placed.ID, CustomerID: placed.CustomerID, TotalAmount: price}))

	if after := everythingAbout(t, placed); !reflect.DeepEqual(after, before) {
		t.Errorf("before: %+v\n after: %+v", before, after)
	}
}

func TestMessageWithNoBindingIsKept(t *testing.T) {
	t.Parallel()
	b, id := dialBroker(t), newID()
	onPurpose.Store(letter{unroutable, id}, true) // the audit looks whether it is there
	b.publish(eventsExchange, "order.imagined", amqp.Publishing{MessageId: id, Body: []byte("{}")})
	eventually(t, func() error {
		if len(b.heardBy(func(d amqp.Delivery) bool { return d.MessageId == id })) == 0 {
			return fmt.Errorf("message %s did not reach %s", id, unroutable)
		}
		return nil
	})
}

// Messages of others may come with a body alone.
func TestOnlyTheBodyOfAMessageDecides(t *testing.T) {
	b, id := dialBroker(t), newID()
	before := handled(t, payments, contracts.TypeOrderCancelled)
	b.publish("", "payment.events", amqp.Publishing{Body: b.encode(newEvent(cancelled(id))).Body})
	waitHandled(t, payments, contracts.TypeOrderCancelled, before+1)
	if a := call(t, http.MethodGet, payments, "/api/payments/"+id, ""); a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
