package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// streams answers each connection with the next of these streams; the last one
// is not the end, others are cut off. It returns the Last-Event-IDs.
func (s *shop) streams(texts ...string) (from *[]string) {
	return s.streamsOf(texts, orderJSON("PENDING", ""))
}

// streamsOf is streams of an order that reads like this, one answer after the
// other: it is asked for while a stream is silent.
func (s *shop) streamsOf(texts []string, orders ...string) (from *[]string) {
	from = new([]string)
	s.answer("GET /api/orders/order-1", orders...)
	s.HandleFunc("GET /api/orders/order-1/events", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		text := texts[min(len(*from), len(texts)-1)]
		last := len(*from) == len(texts)-1
		*from = append(*from, r.Header.Get("Last-Event-ID"))
		s.mu.Unlock()
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, text)
		w.(http.Flusher).Flush()
		if last {
			<-r.Context().Done()
		}
	})
	return from
}

// message is one of a stream.
func message(id, eventType, service, status string) string {
	return fmt.Sprintf("id: %s\nevent: %s\ndata: {\"order_id\":\"order-1\",\"status\":%q,\ndata: \"event\":{\"id\":\"e\",\"type\":%q,\"service\":%q,\"time\":\"2026-01-02T03:04:05Z\"}}\n\n",
		id, eventType, status, eventType, service)
}

func TestWatchShowsTheStreamAndGoesOnWhereItWasLost(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	from := s.streams(
		": hello\n\n"+message("1", "OrderCreated", "order", "PENDING")+"event: half a mess",
		"",
		strings.ReplaceAll(message("2", "InventoryReserved", "inventory", "PENDING"), "\n", "\r\n"),
		message("3", "PaymentProcessed", "payment", "COMPLETED")+message("4", "OrderConfirmed", "order", "COMPLETED")+message("5", "Late", "x", "COMPLETED"))
	s.run(t, "watch", "order-1").expect(t, 0, `TIME                 SERVICE       EVENT                 STATUS
2026-01-02 03:04:05  order         OrderCreated          PENDING
2026-01-02 03:04:05  inventory     InventoryReserved     PENDING
2026-01-02 03:04:05  payment       PaymentProcessed      COMPLETED
2026-01-02 03:04:05  order         OrderConfirmed        COMPLETED
`, "")
	if want := []string{"", "1", "1", "2"}; !slices.Equal(*from, want) {
		t.Errorf("asked for what comes after %q, want %q", *from, want)
	}
	if got := s.asked[0].header.Get("Accept"); got != "text/event-stream" {
		t.Errorf("Accept: %s", got)
	}
}

func TestWatchAsJSONIsALineForEachEvent(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.streams(message("1", "OrderCreated", "order", "PENDING") + message("2", "OrderCancelled", "order", "CANCELLED"))
	got := s.run(t, "watch", "order-1", "--json")
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	if got.code != 0 || len(lines) != 2 || !strings.HasPrefix(lines[1], `{"order_id":"order-1","status":"CANCELLED",`) {
		t.Errorf("%+v", got)
	}
}

// A stream of what is new says nothing about an order that has ended before.
func TestWatchOfASilentStreamEndsWithTheOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.streamsOf([]string{""}, orderJSON("PENDING", ""), orderJSON("COMPLETED", ""))
	s.run(t, "watch", "order-1").expect(t, 0, "", "")
}

func TestWatchPollsWhereThereIsNoStream(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"404", "405", "406"} {
		s := newShop(t)
		s.answer("GET /api/orders/order-1/events", status+" {}")
		s.answer("GET /api/orders/order-1", orderJSON("PENDING", ""), orderJSON("PENDING", ""), orderJSON("CANCELLED", "TIMEOUT"))
		s.run(t, "watch", "order-1").expect(t, 0, `TIME                 SERVICE       EVENT                 STATUS
2026-01-02 03:04:06  order                               PENDING
2026-01-02 03:04:06  order                               CANCELLED (TIMEOUT)
`, "")
	}
}

func TestWatchGivesUp(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("GET /api/orders/order-1/events", `403 {"title":"Forbidden","detail":"Not with this token."}`)
	s.run(t, "watch", "order-1").expect(t, 1, "", "403 Forbidden")
	if len(s.asked) != 1 {
		t.Errorf("asked %d times", len(s.asked))
	}

	s = newShop(t)
	from := s.streams("", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "")
	s.run(t, "watch", "order-1").expect(t, 3, "", "the stream ended")
	if len(*from) != mostReconnects+1 {
		t.Errorf("connected %d times", len(*from))
	}

	s = newShop(t)
	s.streams("id: 1\ndata: no JSON\n\n")
	s.run(t, "watch", "order-1").expect(t, 1, "", "in no JSON")
}
