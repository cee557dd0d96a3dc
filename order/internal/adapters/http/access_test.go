package http

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/authkit/authtest"
)

const (
	othersID = "01a20ba7-36a6-79a1-a3bc-dacf50673900"
	other    = "customer-2"
)

// shop has an order of authtest.Customer and one of somebody else.
func shop() *store {
	s := &store{book: newBook()}
	for id, customer := range map[domain.OrderID]string{id: authtest.Customer, othersID: other} {
		s.orders = append(s.orders, domain.Restore(domain.Snapshot{ID: id, CustomerID: customer, Status: domain.Pending, CreatedAt: now}))
		s.write(application.Entry{OrderID: id, CustomerID: customer, Status: domain.Pending, Event: domain.Observation{
			EventID: "e-" + customer, Type: "OrderCreated", Source: "/order", OccurredAt: now,
		}})
	}
	return s
}

func (s *store) register(app *fiber.App) {
	clock := func() time.Time { return now }
	newID := func() domain.OrderID { return "01a20ba7-36a6-79a1-a3bc-dacf50673901" }
	pace := application.NewPace(0, clock, func(bool) {})
	NewHandlers(application.NewPlaceOrder(s, room{}, pace, newID, clock), application.NewCancelOrder(s, pace, clock),
		application.NewReadOrders(s), s.following(prometheus.NewRegistry()), slog.New(slog.DiscardHandler)).Register(app)
}

func placing(customer string) string {
	return fmt.Sprintf(`{"customer_id":%q,"items":[{"product_id":"product-A","quantity":1}],"total_amount":1}`, customer)
}

func TestWhoMayCallWhat(t *testing.T) {
	read := []string{authkit.OrdersRead, authkit.Ops}
	authtest.Run(t, shop().register, []authtest.Route{
		{Method: "POST", Path: "/api/orders", Body: placing(authtest.Customer), Status: 201, Scopes: []string{authkit.OrdersWrite}},
		{Method: "GET", Path: "/api/orders", Status: 200, Scopes: read},
		{Method: "GET", Path: "/api/orders/:id", Example: "/api/orders/" + id, Status: 200, Scopes: read},
		{Method: "POST", Path: "/api/orders/:id/cancel", Example: "/api/orders/" + id + "/cancel", Status: 200,
			Scopes: []string{authkit.OrdersWrite, authkit.Ops}},
		{Method: "GET", Path: "/api/orders/:id/timeline", Example: "/api/orders/" + id + "/timeline", Status: 200, Scopes: read},
		// A stream would go on; one from a position that there isn't yet is refused, after the guard.
		{Method: "GET", Path: "/api/orders/:id/events", Example: "/api/orders/" + id + "/events?last_event_id=9", Status: 422, Scopes: read},
		{Method: "GET", Path: "/api/events", Example: "/api/events?last_event_id=9", Status: 422, Scopes: read},
	})
}

func TestAnothersOrderIsAsIfThereWereNone(t *testing.T) {
	s := shop()
	app := authtest.NewApp(t, s.register)
	customers := authtest.Token(t, authtest.Customer, authkit.OrdersRead, authkit.OrdersWrite)
	operators := authtest.Token(t, "operator", authkit.Ops)
	const unknownID = "01a20ba7-36a6-79a1-a3bc-dacf50673999"

	for _, c := range []struct{ method, path string }{
		{"GET", "/api/orders/%s"}, {"POST", "/api/orders/%s/cancel"}, {"GET", "/api/orders/%s/timeline"}, {"GET", "/api/orders/%s/events"},
	} {
		others := authtest.Ask(t, app, c.method, fmt.Sprintf(c.path, othersID), "", customers)
		unknown := authtest.Ask(t, app, c.method, fmt.Sprintf(c.path, unknownID), "", customers)
		if others.Status != 404 || others.Body != strings.ReplaceAll(unknown.Body, unknownID, othersID) {
			t.Errorf("%s of another's order: %d %s; of none: %s", c.method, others.Status, others.Body, unknown.Body)
		}
	}
	if o, _ := s.ByID(t.Context(), othersID); o.Snapshot().Status != domain.Pending {
		t.Error("another's order was cancelled")
	}
	for _, c := range []struct{ method, path string }{{"GET", "/api/orders/%s"}, {"POST", "/api/orders/%s/cancel"}} {
		if a := authtest.Ask(t, app, c.method, fmt.Sprintf(c.path, othersID), "", operators); a.Status != 200 {
			t.Errorf("%s by an operator: %d %s", c.method, a.Status, a.Body)
		}
	}
}

func TestListIsConfinedToTheCaller(t *testing.T) {
	s := shop()
	app := authtest.NewApp(t, s.register)
	customers := authtest.Token(t, authtest.Customer, authkit.OrdersRead)
	for _, c := range []struct {
		token, query, asked string
	}{
		{customers, "", authtest.Customer},
		{customers, "?customer_id=" + authtest.Customer, authtest.Customer},
		{authtest.Token(t, "operator", authkit.Ops), "", ""},
		{authtest.Token(t, "operator", authkit.OrdersRead, authkit.Ops), "?customer_id=" + other, other},
	} {
		s.filter = application.Filter{}
		if a := authtest.Ask(t, app, "GET", "/api/orders"+c.query, "", c.token); a.Status != 200 || s.filter.CustomerID != c.asked || s.filter.Limit == 0 {
			t.Errorf("%q: %d, asked for %+v, want %q", c.query, a.Status, s.filter, c.asked)
		}
	}
	s.filter = application.Filter{}
	a := authtest.Ask(t, app, "GET", "/api/orders?customer_id="+other, "", customers)
	if a.Status != 200 || a.Body != `{"items":[],"next_cursor":null}` || s.filter != (application.Filter{}) {
		t.Errorf("another's: %d %s, asked for %+v", a.Status, a.Body, s.filter)
	}
}

func TestNobodyOrdersInAnothersName(t *testing.T) {
	s := shop()
	app := authtest.NewApp(t, s.register)
	a := authtest.Ask(t, app, "POST", "/api/orders", placing(other), authtest.Token(t, authtest.Customer, authkit.OrdersWrite))
	if a.Status != 403 || !strings.Contains(a.Body, `"errors":[{"field":"customer_id","detail":"must be the subject of the token"}]`) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if len(s.orders) != 2 {
		t.Error("the order was placed")
	}
	operators := authtest.Token(t, "operator", authkit.OrdersWrite, authkit.Ops)
	if a := authtest.Ask(t, app, "POST", "/api/orders", placing(other), operators); a.Status != 201 {
		t.Errorf("by an operator: %d %s", a.Status, a.Body)
	}
}
