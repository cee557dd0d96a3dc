package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
)

// The README's first order, with the products that are there from the start.
func TestFirstOrderIsCompleted(t *testing.T) {
	const body = `{"customer_id":"customer-123","items":[{"product_id":"product-A","quantity":2},{"product_id":"product-B","quantity":1}],"total_amount":150.00}`
	stockA, stockB := stockOf(t, "product-A"), stockOf(t, "product-B")

	a := call(t, http.MethodPost, orders, "/api/orders", body, "Content-Type", "application/json")
	placed := accepted(t, a)
	if placed.Status != "PENDING" || placed.CustomerID != "customer-123" || placed.TotalAmount != 15000 ||
		!slices.Equal(placed.Items, []line{{"product-A", 2}, {"product-B", 1}}) {
		t.Errorf("placed %s", a.Body)
	}

	want := sold
	want.Ledger = "charge 150.00"
	waitFor(t, placed.ID, want)
	expectStock(t, "product-A", stock{stockA.Available - 2, stockA.Reserved, stockA.Sold + 2})
	expectStock(t, "product-B", stock{stockB.Available - 1, stockB.Reserved, stockB.Sold + 1})
	p := mustGet[payment](t, payments, "/api/payments/"+placed.ID)
	if p.Amount == nil || *p.Amount != 15000 || p.TransactionID == nil || p.RefundID != nil {
		t.Errorf("payment %+v", p)
	}
}

func TestOrderIsShownAsTheContractSays(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 1)
	placed := place(t, of(line{p, 1}))
	waitFor(t, placed.ID, sold)

	shown := mustGet[map[string]json.RawMessage](t, orders, "/api/orders/"+placed.ID)
	for key, want := range map[string]string{
		"id": `"` + placed.ID + `"`, "status": `"COMPLETED"`, "total_amount": "99.90",
		"items":               `[{"product_id":"` + p + `","quantity":1}]`,
		"cancellation_reason": "null", "refunded_at": "null",
	} {
		if got := string(shown[key]); got != want {
			t.Errorf("%s = %s, want %s", key, got, want)
		}
	}
	for _, key := range []string{"created_at", "updated_at"} {
		var text string
		if err := json.Unmarshal(shown[key], &text); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		if at, err := time.Parse(time.RFC3339Nano, text); err != nil || at.Location() != time.UTC {
			t.Errorf("%s = %s is not RFC 3339 in UTC", key, text)
		}
	}
}

func TestEventsOfAnOrderKeepTheWireContract(t *testing.T) {
	t.Parallel()
	b := dialBroker(t)
	placed := place(t, of(line{newProduct(t, 1), 1}))
	waitFor(t, placed.ID, sold)

	for _, d := range b.eventsOf(placed.ID, eventsSold...) {
		m, err := contracts.Decode(d.Body)
		if err != nil {
			t.Fatalf("%s: %v", d.Body, err)
		}
		route, _ := contracts.RouteOf(m.Data.EventType())
		if d.RoutingKey != route.Key || m.Source != "/"+route.Publisher {
			t.Errorf("%s of %s under the key %s", route.Type, m.Source, d.RoutingKey)
		}
		if m.Data.Subject() != placed.ID || m.Time.IsZero() {
			t.Errorf("%s", d.Body)
		}
		if d.ContentType != "application/cloudevents+json" || d.DeliveryMode != amqp.Persistent ||
			d.MessageId != m.ID || d.Type != route.Type || d.Timestamp.IsZero() {
			t.Errorf("properties of %s: %+v", route.Type, d)
		}
	}
}
