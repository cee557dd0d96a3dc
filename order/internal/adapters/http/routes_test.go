package http

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/httpkit"
)

const id = "01a20ba7-36a6-79a1-a3bc-dacf506739d3"

var now = time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)

// store keeps orders in a slice and remembers what it was asked.
type store struct {
	application.Orders
	orders []*domain.Order
	keys   map[string]application.IdempotencyKey // by the id of their order
	filter application.Filter
	pace   *application.Pace // nil: it takes every order
	*book
}

func (s *store) Add(_ context.Context, o *domain.Order) error {
	s.orders = append(s.orders, o)
	return nil
}

func (s *store) ByID(_ context.Context, id domain.OrderID) (*domain.Order, error) {
	for _, o := range s.orders {
		if o.Snapshot().ID == id {
			return o, nil
		}
	}
	return nil, errs.New(errs.NotFound, "there is no order %q", id)
}

func (s *store) Update(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	o, err := s.ByID(ctx, id)
	if err != nil {
		return err
	}
	return change(o)
}

func (s *store) List(_ context.Context, f application.Filter) ([]*domain.Order, error) {
	s.filter = f
	return s.orders, nil
}

type room struct{}

func (room) Full() bool { return false }

func setup(t *testing.T, adjust ...func(*store)) (*fiber.App, *store) {
	t.Helper()
	s, started := &store{book: newBook()}, make(chan struct{})
	close(started)
	for _, a := range adjust {
		a(s)
	}
	quiet, metrics := slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	app := httpkit.NewApp(httpkit.Config{Log: quiet, Metrics: metrics, Started: started})
	app.Use(s.identify)
	follow := s.following(metrics)
	next := domain.OrderID(id)
	newID := func() domain.OrderID { // id, and then others
		defer func() { next = domain.OrderID(uuid.NewString()) }()
		return next
	}
	pace := cmp.Or(s.pace, application.NewPace(0, time.Now, func(bool) {}))
	place := application.NewPlaceOrder(s, room{}, pace, newID, func() time.Time { return now })
	cancel := application.NewCancelOrder(s, pace, func() time.Time { return now })
	NewHandlers(place, cancel, application.NewReadOrders(s), follow, quiet).Register(app)
	return app, s
}

func (s *store) following(metrics prometheus.Registerer) *Following {
	return NewFollowing(application.NewAwaitEnd(s, s), application.NewReadTimeline(s), application.NewFollowOrders(s, s),
		FollowSettings{Streams: s.streams, Waits: mostWaits, Heartbeat: s.heartbeat}, metrics, slog.New(slog.DiscardHandler))
}

func ask(t *testing.T, app *fiber.App, method, path, body string) (status int, location, answer string) {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	response, err := app.Test(request, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Location"), string(content)
}

func TestPlacedOrderIsShownAndFound(t *testing.T) {
	app, _ := setup(t)
	status, location, placed := ask(t, app, "POST", "/api/orders",
		`{"customer_id":"customer-1","items":[{"product_id":"product-A","quantity":2}],"total_amount":150,"unknown":1}`)

	want := `{"id":"` + id + `","customer_id":"customer-1","items":[{"product_id":"product-A","quantity":2}],"total_amount":150.00,` +
		`"status":"PENDING","cancellation_reason":null,"refunded_at":null,` +
		`"created_at":"2026-01-02T03:04:05.000678Z","updated_at":"2026-01-02T03:04:05.000678Z"}`
	if status != 201 || placed != want {
		t.Errorf("%d %s, want %s", status, placed, want)
	}
	if status, _, found := ask(t, app, "GET", location, ""); status != 200 || found != placed {
		t.Errorf("GET %s: %d %s", location, status, found)
	}
}

func TestEndedOrderShowsHowItEnded(t *testing.T) {
	app, s := setup(t)
	s.orders = []*domain.Order{domain.Restore(domain.Snapshot{
		ID: id, PaymentMethod: "sim_success", Status: domain.Cancelled, Reason: domain.TimedOut, RefundedAt: now,
	})}
	_, _, shown := ask(t, app, "GET", "/api/orders/"+id, "")
	for _, want := range []string{`"status":"CANCELLED"`, `"cancellation_reason":"TIMEOUT"`, `"refunded_at":"2026-01-02T03:04:05.000678Z"`, `"items":[]`, `"payment_method":"sim_success"`} {
		if !strings.Contains(shown, want) {
			t.Errorf("%s is not in %s", want, shown)
		}
	}
}

func TestRefusedOrderNamesTypesAndValuesTogether(t *testing.T) {
	app, s := setup(t)
	status, _, answer := ask(t, app, "POST", "/api/orders",
		`{"customer_id":7,"items":[{"product_id":"","quantity":"2"},{"product_id":"p","quantity":0}],"total_amount":-1,"payment_method":"sim_x"}`)
	var problem struct {
		Errors []struct{ Field, Detail string }
	}
	if err := json.Unmarshal([]byte(answer), &problem); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, e := range problem.Errors {
		fields = append(fields, e.Field)
	}
	want := []string{"customer_id", "items[0].quantity", "total_amount", "items[0].product_id", "items[1].quantity", "payment_method"}
	if status != 422 || !reflect.DeepEqual(fields, want) {
		t.Errorf("%d %v, want %v", status, fields, want)
	}
	if len(s.orders) != 0 {
		t.Error("the order was stored")
	}
}

func TestCancellingIsRepeatable(t *testing.T) {
	app, s := setup(t)
	s.orders = []*domain.Order{domain.Restore(domain.Snapshot{ID: id, Status: domain.Pending})}
	status, _, first := ask(t, app, "POST", "/api/orders/"+id+"/cancel", "")
	if status != 200 || !strings.Contains(first, `"status":"CANCELLED","cancellation_reason":"CUSTOMER_REQUEST"`) {
		t.Errorf("%d %s", status, first)
	}
	if status, _, again := ask(t, app, "POST", "/api/orders/"+id+"/cancel", ""); status != 200 || again != first {
		t.Errorf("again: %d %s", status, again)
	}
	s.orders = []*domain.Order{domain.Restore(domain.Snapshot{ID: id, Status: domain.Completed})}
	if status, _, answer := ask(t, app, "POST", "/api/orders/"+id+"/cancel", ""); status != 409 {
		t.Errorf("complete: %d %s", status, answer)
	}
	if status, _, answer := ask(t, app, "POST", "/api/orders/none/cancel", ""); status != 404 {
		t.Errorf("unknown: %d %s", status, answer)
	}
}

func TestListFilters(t *testing.T) {
	app, s := setup(t)
	if status, _, answer := ask(t, app, "GET", "/api/orders?status=completed&customer_id=c-1&limit=3", ""); status != 200 || answer != `{"items":[],"next_cursor":null}` {
		t.Errorf("%d %s", status, answer)
	}
	if want := (application.Filter{CustomerID: "c-1", Status: domain.Completed, Limit: 4}); s.filter != want {
		t.Errorf("filter = %+v, want %+v", s.filter, want)
	}
	from, before := now.Add(-time.Hour).Truncate(time.Second), now.Truncate(time.Second)
	ask(t, app, "GET", "/api/orders?cancellation_reason=timeout&created_from=2026-01-02T03:04:05%2B01:00&created_before=2026-01-02T03:04:05Z", "")
	if want := (application.Filter{Reason: domain.TimedOut, CreatedFrom: &from, CreatedBefore: &before, Limit: 51}); !reflect.DeepEqual(s.filter, want) {
		t.Errorf("filter = %+v, want %+v", s.filter, want)
	}
	for _, query := range []string{"status=DONE", "cancellation_reason=BORED", "created_from=today", "created_before=2026-01-02", "created=x", "limit=0", "cursor=x", "cursor=MTAvbm8tdXVpZA", "cursor=MTAvezAxOTBhNWEwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMH0", "customer_id=%01"} {
		if status, _, _ := ask(t, app, "GET", "/api/orders?"+query, ""); status != 400 {
			t.Errorf("%s: status %d", query, status)
		}
	}
}

func TestUnknownOrderIsNotFound(t *testing.T) {
	app, _ := setup(t)
	for _, path := range []string{"/api/orders/" + id, "/api/orders/no-uuid", "/api/orders/%00"} {
		if status, _, _ := ask(t, app, "GET", path, ""); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
	}
}
