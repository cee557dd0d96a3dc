package contracts

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"orders.internal/shared-kernel/event"
)

var lines = []Item{{ProductID: "product-A", Quantity: 2}, {ProductID: "product-B", Quantity: 1}}

// samples is one of each event, with every optional field.
var samples = []Data{
	OrderCreated{OrderID: "order-1", CustomerID: "customer-123", Items: lines, TotalAmount: 15000, PaymentMethod: "sim_success"},
	OrderConfirmed{OrderID: "order-1", CustomerID: "customer-123", TotalAmount: 15000},
	OrderCancelled{OrderID: "order-1", CustomerID: "customer-123", Reason: "PAYMENT_FAILED", Detail: "the card was declined"},
	InventoryReserved{OrderID: "order-1", CustomerID: "customer-123", Items: lines, TotalAmount: 15000, PaymentMethod: "sim_success"},
	InventoryUnavailable{OrderID: "order-1", Shortages: []Shortage{{ProductID: "product-C", Requested: 1, Available: 0}}},
	InventoryReleased{OrderID: "order-1", Items: lines},
	PaymentProcessed{OrderID: "order-1", CustomerID: "customer-123", Amount: 15000, TransactionID: "transaction-9", Attempts: 2},
	PaymentFailed{OrderID: "order-1", CustomerID: "customer-123", Amount: 15000, Reason: "DECLINED", Attempts: 1},
	PaymentRefunded{OrderID: "order-1", CustomerID: "customer-123", Amount: 15000, RefundID: "refund-5"},
}

func sampleMessage(d Data) Message {
	route, _ := RouteOf(d.EventType())
	return Message{
		ID:     "01978f3e-8c9a-7d3e-9b1a-5f0c2d4e6a7b",
		Source: "/" + route.Publisher,
		Time:   time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC),
		Origin: event.Origin{
			CorrelationID: "request-42",
			CausationID:   "01978f3e-8c9a-7d3e-9b1a-000000000000",
			Traceparent:   "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
			Tracestate:    "vendor=1",
		},
		Data: d,
	}
}

func golden(t *testing.T, eventType string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", eventType+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The files are the contract: other programs rely on them.
func TestGoldenMessages(t *testing.T) {
	t.Parallel()
	if len(samples) != len(Routes) {
		t.Errorf("%d samples for %d types", len(samples), len(Routes))
	}
	for _, d := range samples {
		t.Run(d.EventType(), func(t *testing.T) {
			t.Parallel()
			m, want := sampleMessage(d), golden(t, d.EventType())
			body, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, body, "", "  "); err != nil {
				t.Fatal(err)
			}
			if got.WriteByte('\n'); got.String() != string(want) {
				t.Errorf("encoded:\n%s\nwant:\n%s", &got, want)
			}
			back, err := Decode(want)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, m) {
				t.Errorf("decoded:\n%+v\nwant:\n%+v", back, m)
			}
		})
	}
}
