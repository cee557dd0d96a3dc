package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
)

const (
	traceID    = "4bf92f3577b34da6a3ce929d0e0e4736"
	parent     = "00-" + traceID + "-00f067aa0ba902b7-01"
	traceState = "vendor=opaque"
)

func TestAnOrderCanBeFollowedThroughAllServices(t *testing.T) {
	t.Parallel()
	b, id := dialBroker(t), "e2e-"+newID()
	a, err := tryPlace(of(line{newProduct(t, 1), 1}), "X-Correlation-ID", id, "traceparent", parent, "tracestate", traceState)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Header.Get("X-Correlation-ID"); got != id {
		t.Errorf("echoed %q, not %q", got, id)
	}
	placed := accepted(t, a)
	waitFor(t, placed.ID, sold)

	// Each event names the one that it follows from.
	causes := map[string]string{}
	idOf := map[string]string{"": ""}
	for _, d := range b.eventsOf(placed.ID, eventsSold...) {
		m, err := contracts.Decode(d.Body)
		if err != nil {
			t.Fatal(err)
		}
		want := event.Origin{CorrelationID: id, CausationID: m.Origin.CausationID, Traceparent: parent, Tracestate: traceState}
		if m.Origin != want || d.Headers["traceparent"] != parent || d.Headers["tracestate"] != traceState {
			t.Errorf("%s: origin %+v, headers %v", d.Type, m.Origin, d.Headers)
		}
		causes[d.Type], idOf[d.Type] = m.Origin.CausationID, m.ID
	}
	for effect, cause := range map[string]string{
		"OrderCreated": "", "InventoryReserved": "OrderCreated", "PaymentProcessed": "InventoryReserved", "OrderConfirmed": "PaymentProcessed",
	} {
		if causes[effect] != idOf[cause] {
			t.Errorf("%s follows from %q, want %s's id %q", effect, causes[effect], cause, idOf[cause])
		}
	}
	for _, service := range contracts.Services {
		eventually(t, func() error { return logged(service, id, placed.ID) })
	}
}

// logged looks for a log line with the correlation, the trace and the order.
func logged(service, correlation, orderID string) error {
	f, err := os.Open(system.Service(service).Log().Path)
	if err != nil {
		return err
	}
	defer f.Close()
	for rows := bufio.NewScanner(f); rows.Scan(); {
		var row struct {
			Service       string `json:"service"`
			CorrelationID string `json:"correlation_id"`
			TraceID       string `json:"trace_id"`
			OrderID       string `json:"order_id"`
		}
		if json.Unmarshal(rows.Bytes(), &row) != nil || row.CorrelationID != correlation {
			continue
		}
		if row.Service == service && row.TraceID == traceID && row.OrderID == orderID {
			return nil
		}
	}
	return fmt.Errorf("the log of %s has no line about %s with the correlation %s and the trace", service, orderID, correlation)
}

func TestCorrelationIsMadeWhereThereIsNone(t *testing.T) {
	t.Parallel()
	b := dialBroker(t)
	for _, given := range []string{"", strings.Repeat("x", 129), "two words"} {
		a, err := tryPlace(of(line{newProduct(t, 1), 1}), "X-Correlation-ID", given, "traceparent", "nonsense")
		if err != nil {
			t.Fatal(err)
		}
		placed, made := accepted(t, a), a.Header.Get("X-Correlation-ID")
		if made == "" || made == given {
			t.Errorf("%q became %q", given, made)
		}
		waitFor(t, placed.ID, sold)
		for _, d := range b.eventsOf(placed.ID, eventsSold...) {
			if m, err := contracts.Decode(d.Body); err != nil || m.Origin.CorrelationID != made || m.Origin.Traceparent != "" {
				t.Errorf("%s: origin %+v, %v", d.Type, m.Origin, err)
			}
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	for _, service := range contracts.Services {
		if a := call(t, http.MethodGet, service, "/healthz", ""); a.Status != http.StatusOK {
			t.Errorf("%s: %d %s", service, a.Status, a.Body)
		}
		waitReady(t, service, http.StatusOK, "ready")
	}
}

func TestMetricsAreThere(t *testing.T) {
	waitFor(t, place(t, of(line{newProduct(t, 1), 1})).ID, sold)
	for _, service := range contracts.Services {
		call(t, http.MethodGet, service, "/nowhere", "")
		want := []string{
			"rabbitmq_consumer_consuming", "rabbitmq_consumer_deliveries_total",
			"http_request_duration_seconds_bucket", "http_request_duration_seconds_count",
		}
		if service != notifications { // it publishes nothing
			want = append(want, "outbox_backlog_rows", "outbox_oldest_age_seconds")
		}
		if service == payments {
			want = append(want, "payment_gateway_breaker_state")
		}
		for _, name := range want {
			if _, samples, err := metric(service, name); err != nil || samples == 0 {
				t.Errorf("%s has no metric %s, %v", service, name, err)
			}
		}
		if n, _, err := metric(service, "rabbitmq_consumer_consuming"); err != nil || n != 1 {
			t.Errorf("%s consumes: %v, %v", service, n, err)
		}
	}
	eventually(t, func() error { // the figures are a second old at most
		for _, service := range []string{orders, inventory, payments} {
			if n, _, err := metric(service, "outbox_backlog_rows"); err != nil || n != 0 {
				return fmt.Errorf("%s has %v events to publish, %w", service, n, err)
			}
		}
		return nil
	})
}
