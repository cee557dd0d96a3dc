package http

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/httpkit"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// shelf is a store that keeps the filter it was asked with.
type shelf struct {
	application.Notifications
	asked application.Filter
}

func (s *shelf) List(_ context.Context, f application.Filter) ([]*domain.Notification, error) {
	s.asked = f
	all := []*domain.Notification{
		domain.Restore(domain.Snapshot{EventID: "e-2", OrderID: "o-1", Type: domain.OrderConfirmed, Channel: domain.Email, CreatedAt: noon}),
		domain.Restore(domain.Snapshot{
			EventID: "e-1", OrderID: "o-1", Type: domain.PaymentProcessed, Channel: domain.Email, CreatedAt: noon, DeliveredAt: noon.Add(time.Second),
		}),
	}
	return all[:min(f.Limit, len(all))], nil
}

func newApp(store *shelf) *fiber.App {
	started := make(chan struct{})
	close(started)
	app := httpkit.NewApp(httpkit.Config{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Started: started})
	NewHandlers(application.NewListNotifications(store)).Register(app)
	return app
}

func get(t *testing.T, store *shelf, query string) (status int, answer string) {
	t.Helper()
	response, err := newApp(store).Test(httptest.NewRequest("GET", "/api/notifications"+query, nil), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestListNotifications(t *testing.T) {
	store := &shelf{}
	const want = `{"items":[` +
		`{"event_id":"e-2","order_id":"o-1","type":"OrderConfirmed","channel":"email","created_at":"2026-01-02T12:00:00Z","delivered_at":null},` +
		`{"event_id":"e-1","order_id":"o-1","type":"PaymentProcessed","channel":"email","created_at":"2026-01-02T12:00:00Z","delivered_at":"2026-01-02T12:00:01Z"}` +
		`],"next_cursor":null}`
	if status, answer := get(t, store, "?order_id=o-1"); status != 200 || answer != want {
		t.Errorf("%d %s; want %s", status, answer, want)
	}
	if store.asked != (application.Filter{OrderID: "o-1", Limit: 51}) {
		t.Errorf("asked for %+v", store.asked)
	}
}

func TestListNotificationsByPages(t *testing.T) {
	store := &shelf{}
	_, first := get(t, store, "?limit=1")
	_, cursor, found := strings.Cut(first, `"next_cursor":"`)
	if !found || strings.Contains(first, "e-1") {
		t.Fatalf("first page: %s", first)
	}
	get(t, store, "?limit=1&cursor="+strings.TrimSuffix(cursor, `"}`))
	if store.asked.After == nil || *store.asked.After != (application.Position{CreatedAt: noon, EventID: "e-2"}) {
		t.Errorf("asked for %+v", store.asked)
	}
}

func TestBadQueriesAreRefused(t *testing.T) {
	for _, query := range []string{"?limit=0", "?limit=many", "?cursor=x", "?order_id=%00"} {
		if status, answer := get(t, &shelf{}, query); status != 400 || !strings.Contains(answer, `"status":400`) {
			t.Errorf("%s: %d %s", query, status, answer)
		}
	}
}
