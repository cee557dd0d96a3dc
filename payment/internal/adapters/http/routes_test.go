package http

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/httpkit"
)

const at = "2026-01-02T03:04:05.000678Z"

var now = time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)

// store holds what is shown, and remembers what it was asked.
type store struct {
	application.Payments
	payments     []*domain.Payment
	entries      []application.Entry
	filter       application.Filter
	ledgerFilter application.LedgerFilter
}

func (s *store) ByID(_ context.Context, id domain.OrderID) (*domain.Payment, error) {
	for _, p := range s.payments {
		if p.OrderID() == id {
			return p, nil
		}
	}
	return nil, errs.New(errs.NotFound, "there is no payment of order %q", id)
}

func (s *store) List(_ context.Context, f application.Filter) ([]*domain.Payment, error) {
	s.filter = f
	return s.payments, nil
}

func (s *store) Entries(_ context.Context, f application.LedgerFilter) ([]application.Entry, error) {
	s.ledgerFilter = f
	return s.entries, nil
}

func setup(t *testing.T) (*fiber.App, *store) {
	t.Helper()
	s, started := &store{}, make(chan struct{})
	close(started)
	app := httpkit.NewApp(httpkit.Config{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Started: started})
	NewHandlers(application.NewReadPayments(s), application.NewReadLedger(s)).Register(app)
	return app, s
}

func get(t *testing.T, app *fiber.App, path string) (status int, answer string) {
	t.Helper()
	response, err := app.Test(httptest.NewRequest("GET", path, nil), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

func payments(snapshots ...domain.Snapshot) []*domain.Payment {
	list := make([]*domain.Payment, len(snapshots))
	for i, s := range snapshots {
		s.CreatedAt, s.UpdatedAt = now, now
		list[i] = domain.Restore(s)
	}
	return list
}

func TestPaymentIsShown(t *testing.T) {
	for status, want := range map[domain.Status]string{
		domain.Refunded: `"status":"REFUNDED","amount":150.00,"attempts":2,"transaction_id":"tx","refund_id":"re","failure_reason":null`,
		domain.Failed:   `"status":"FAILED","amount":150.00,"attempts":1,"transaction_id":null,"refund_id":null,"failure_reason":"DECLINED"`,
		domain.Voided:   `"status":"VOIDED","amount":null,"attempts":0,"transaction_id":null,"refund_id":null,"failure_reason":null`,
	} {
		app, s := setup(t)
		s.payments = payments(map[domain.Status]domain.Snapshot{
			domain.Refunded: {OrderID: "o/ä", Status: status, Amount: 15000, Attempts: 2, TransactionID: "tx", RefundID: "re"},
			domain.Failed:   {OrderID: "o/ä", Status: status, Amount: 15000, Attempts: 1, FailureReason: domain.Declined},
			domain.Voided:   {OrderID: "o/ä", Status: status},
		}[status])
		want = `{"order_id":"o/ä",` + want + `,"created_at":"` + at + `","updated_at":"` + at + `"}`
		if code, got := get(t, app, "/api/payments/o%2F%C3%A4"); code != 200 || got != want {
			t.Errorf("%d %s, want %s", code, got, want)
		}
	}
}

func TestUnknownPaymentIsNotFound(t *testing.T) {
	app, _ := setup(t)
	for _, path := range []string{"o-1", "%00", "%FF", strings.Repeat("x", 129)} {
		if status, _ := get(t, app, "/api/payments/"+path); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
	}
}

// nextCursor returns the answer's cursor, which must be there.
func nextCursor(t *testing.T, answer string) string {
	t.Helper()
	var page struct {
		Cursor string `json:"next_cursor"`
	}
	if err := json.Unmarshal([]byte(answer), &page); err != nil || page.Cursor == "" {
		t.Fatalf("no next_cursor in %s (%v)", answer, err)
	}
	return page.Cursor
}

func TestPaymentsAreListed(t *testing.T) {
	app, s := setup(t)
	if status, answer := get(t, app, "/api/payments"); status != 200 || answer != `{"items":[],"next_cursor":null}` {
		t.Errorf("%d %s", status, answer)
	}
	s.payments = payments(domain.Snapshot{OrderID: "o-2"}, domain.Snapshot{OrderID: "o-1"})
	_, answer := get(t, app, "/api/payments?limit=1&order_id=o-2")
	if want := (application.Filter{OrderID: "o-2", Limit: 2}); s.filter != want {
		t.Errorf("filter is %+v, want %+v", s.filter, want)
	}
	get(t, app, "/api/payments?cursor="+nextCursor(t, answer))
	if want := (application.Position{CreatedAt: now, OrderID: "o-2"}); s.filter.After == nil || *s.filter.After != want {
		t.Errorf("position is %+v, want %+v", s.filter.After, want)
	}
}

func TestLedgerIsListed(t *testing.T) {
	app, s := setup(t)
	s.entries = []application.Entry{
		{Number: 9, OrderID: "o-1", Kind: "cancel", CreatedAt: now},
		{Number: 7, OrderID: "o-2", Kind: "charge", Amount: 15000, CreatedAt: now},
		{Number: 5, OrderID: "o-3", Kind: "charge", Amount: 15000, CreatedAt: now},
	}
	status, answer := get(t, app, "/api/gateway/ledger?limit=2&order_id=o-2")
	want := fmt.Sprintf(`{"items":[{"order_id":"o-1","kind":"cancel","amount":null,"created_at":"%s"},`+
		`{"order_id":"o-2","kind":"charge","amount":150.00,"created_at":"%s"}],`, at, at)
	if status != 200 || !strings.HasPrefix(answer, want) {
		t.Errorf("%d %s, want %s", status, answer, want)
	}
	if want := (application.LedgerFilter{OrderID: "o-2", Limit: 3}); s.ledgerFilter != want {
		t.Errorf("filter is %+v, want %+v", s.ledgerFilter, want)
	}
	get(t, app, "/api/gateway/ledger?cursor="+nextCursor(t, answer))
	if want := (application.LedgerPosition{CreatedAt: now, Number: 7}); s.ledgerFilter.After == nil || *s.ledgerFilter.After != want {
		t.Errorf("position is %+v, want %+v", s.ledgerFilter.After, want)
	}
}

func TestBadQueriesAreRefused(t *testing.T) {
	app, _ := setup(t)
	for _, query := range []string{
		"payments?limit=0", "payments?limit=201", "payments?cursor=x", "payments?order_id=%01",
		"gateway/ledger?limit=x", "gateway/ledger?order_id=%00", "gateway/ledger?cursor=MTAveA",
	} {
		if status, answer := get(t, app, "/api/"+query); status != 400 {
			t.Errorf("%s: %d %s", query, status, answer)
		}
	}
}
