package http

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/httpkit"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// shelf is a store of products.
type shelf map[domain.ProductID]*domain.Product

func (s shelf) Update(_ context.Context, id domain.ProductID, change func(*domain.Product) error) error {
	p, found := s[id]
	if !found {
		p = domain.NewProduct(id)
	}
	if err := change(p); err != nil {
		return err
	}
	s[id] = p
	return nil
}

func (s shelf) ByID(_ context.Context, id domain.ProductID) (*domain.Product, error) {
	if p, found := s[id]; found {
		return p, nil
	}
	return nil, errs.New(errs.NotFound, "there is no product %q", id)
}

func (s shelf) List(_ context.Context, after domain.ProductID, limit int) ([]*domain.Product, error) {
	var products []*domain.Product
	for id, p := range s {
		if id > after {
			products = append(products, p)
		}
	}
	slices.SortFunc(products, func(a, b *domain.Product) int { return cmp.Compare(a.Snapshot().ID, b.Snapshot().ID) })
	return products[:min(limit, len(products))], nil
}

// ledger is a store that keeps the filter it was asked with.
type ledger struct {
	application.Reservations
	asked        application.Filter
	reservations []*domain.Reservation
}

func (l *ledger) List(_ context.Context, f application.Filter) ([]*domain.Reservation, error) {
	l.asked = f
	return l.reservations[:min(f.Limit, len(l.reservations))], nil
}

func setup(reservations *ledger) *fiber.App {
	products := shelf{}
	for id, available := range map[domain.ProductID]int{"product-A": 10, "product-B": 5, "a product/with space": 1} {
		products[id] = domain.RestoreProduct(domain.ProductSnapshot{ID: id, Available: available, Reserved: 1, Sold: 2, UpdatedAt: noon})
	}
	started := make(chan struct{})
	close(started)
	log := slog.New(slog.DiscardHandler)
	app := httpkit.NewApp(httpkit.Config{Log: log, Metrics: prometheus.NewRegistry(), Started: started})
	clock := func() time.Time { return noon.Add(time.Hour) }
	NewHandlers(application.NewReadProducts(products), application.NewSetStock(products, clock),
		application.NewListReservations(reservations), log).Register(app)
	return app
}

func call(t *testing.T, app *fiber.App, method, path, body string) (status int, answer string) {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := app.Test(request, -1)
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

const productA = `{"product_id":"product-A","available":10,"reserved":1,"sold":2,"updated_at":"2026-01-02T12:00:00Z"}`

func TestGetProduct(t *testing.T) {
	app := setup(&ledger{})
	for path, want := range map[string]struct {
		status int
		answer string
	}{
		"/api/products/product-A":                  {200, productA},
		"/api/products/a%20product%2Fwith%20space": {200, `"product_id":"a product/with space"`},
		"/api/products/product-X":                  {404, `There is no product \"product-X\".`},
		"/api/products/%00":                        {404, "There is no product"},
	} {
		if status, answer := call(t, app, "GET", path, ""); status != want.status || !strings.Contains(answer, want.answer) {
			t.Errorf("GET %s: %d %s; want %d %s", path, status, answer, want.status, want.answer)
		}
	}
}

func TestListProductsByPages(t *testing.T) {
	app := setup(&ledger{})
	_, first := call(t, app, "GET", "/api/products?limit=2", "")
	if !strings.HasPrefix(first, `{"items":[{"product_id":"a product/with space",`) || !strings.Contains(first, productA+`],"next_cursor":"`) {
		t.Fatalf("first page: %s", first)
	}
	cursor := strings.Split(first, `"next_cursor":"`)[1]
	_, second := call(t, app, "GET", "/api/products?limit=2&cursor="+strings.TrimSuffix(cursor, `"}`), "")
	if !strings.HasPrefix(second, `{"items":[{"product_id":"product-B",`) || !strings.HasSuffix(second, `"next_cursor":null}`) {
		t.Errorf("second page: %s", second)
	}
	for _, query := range []string{"limit=0", "limit=201", "limit=x", "cursor=x"} {
		if status, answer := call(t, app, "GET", "/api/products?"+query, ""); status != 400 {
			t.Errorf("%s: %d %s", query, status, answer)
		}
	}
}

func TestPutProduct(t *testing.T) {
	app := setup(&ledger{})
	for path, want := range map[string]string{
		"/api/products/product-A":   `{"product_id":"product-A","available":7,"reserved":1,"sold":2,"updated_at":"2026-01-02T13:00:00Z"}`,
		"/api/products/a%20new%2Fx": `{"product_id":"a new/x","available":7,"reserved":0,"sold":0,"updated_at":"2026-01-02T13:00:00Z"}`,
	} {
		if status, answer := call(t, app, "PUT", path, `{"available":7}`); status != 200 || answer != want {
			t.Errorf("PUT %s: %d %s; want %s", path, status, answer, want)
		}
		if status, answer := call(t, app, "GET", path, ""); status != 200 || answer != want {
			t.Errorf("GET %s: %d %s; want %s", path, status, answer, want)
		}
	}
}

func TestPutProductRefusesBadInput(t *testing.T) {
	app := setup(&ledger{})
	_, before := call(t, app, "GET", "/api/products", "")
	long := strings.Repeat("x", 129)
	for _, c := range []struct {
		path, body string
		status     int
		answer     string
	}{
		{"product-A", ``, 400, "body is empty"},
		{"product-A", `{"available":1`, 400, "not valid JSON"},
		{"product-A", `{"available":1,"available":2}`, 400, "available"},
		{"product-A", `[]`, 422, `"field":"body"`},
		{"product-A", `{}`, 422, `"field":"available","detail":"is required"`},
		{"product-A", `{"available":null}`, 422, `"field":"available"`},
		{"product-A", `{"available":"7"}`, 422, `"field":"available","detail":"must be a whole number"`},
		{"product-A", `{"available":1.5}`, 422, `"field":"available","detail":"must be a whole number"`},
		{"product-A", `{"available":-1}`, 422, `"field":"available","detail":"must be 0 to 1000000000"`},
		{"product-A", `{"available":1000000001}`, 422, `"field":"available"`},
		{"product-A", `{"available":99999999999999999999}`, 422, `"field":"available"`},
		{long, `{"available":1}`, 422, `"field":"product_id","detail":"must have at most 128 characters"`},
		{"%ff", `{"available":true}`, 422, `"field":"product_id","detail":"must be valid UTF-8"`},
		{"%ff", `{"available":true}`, 422, `"field":"available","detail":"must be a whole number"`},
	} {
		if status, answer := call(t, app, "PUT", "/api/products/"+c.path, c.body); status != c.status || !strings.Contains(answer, c.answer) {
			t.Errorf("PUT %s %s: %d %s; want %d %s", c.path, c.body, status, answer, c.status, c.answer)
		}
	}
	if _, after := call(t, app, "GET", "/api/products", ""); after != before {
		t.Errorf("refused input changed the stock from %s to %s", before, after)
	}
}

func TestListReservations(t *testing.T) {
	store := &ledger{}
	for _, s := range []domain.ReservationSnapshot{
		{OrderID: "o-2", Status: domain.Reserved, Items: []domain.Item{{ProductID: "product-A", Quantity: 2}}, CreatedAt: noon, UpdatedAt: noon},
		{OrderID: "o-1", Status: domain.Released, CreatedAt: noon, UpdatedAt: noon},
	} {
		store.reservations = append(store.reservations, domain.RestoreReservation(s))
	}
	app := setup(store)
	const want = `{"items":[` +
		`{"order_id":"o-2","status":"RESERVED","items":[{"product_id":"product-A","quantity":2}],"created_at":"2026-01-02T12:00:00Z","updated_at":"2026-01-02T12:00:00Z"},` +
		`{"order_id":"o-1","status":"RELEASED","items":[],"created_at":"2026-01-02T12:00:00Z","updated_at":"2026-01-02T12:00:00Z"}],"next_cursor":null}`
	if status, answer := call(t, app, "GET", "/api/reservations", ""); status != 200 || answer != want {
		t.Errorf("%d %s; want %s", status, answer, want)
	}
	if store.asked != (application.Filter{Limit: 51}) {
		t.Errorf("asked for %+v", store.asked)
	}

	_, answer := call(t, app, "GET", "/api/reservations?limit=1", "")
	cursor := strings.TrimSuffix(strings.Split(answer, `"next_cursor":"`)[1], `"}`)
	call(t, app, "GET", "/api/reservations?order_id=o-1&limit=1&cursor="+cursor, "")
	if store.asked.After == nil || *store.asked.After != (application.Position{CreatedAt: noon, OrderID: "o-2"}) || store.asked.OrderID != "o-1" {
		t.Errorf("asked for %+v", store.asked)
	}
	if status, answer := call(t, app, "GET", "/api/reservations?order_id=%00", ""); status != 400 {
		t.Errorf("%d %s", status, answer)
	}
}
