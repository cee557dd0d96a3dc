package http

import (
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/authkit/authtest"
)

func (s *store) register(app *fiber.App) {
	NewHandlers(application.NewReadPayments(s), application.NewReadLedger(s)).Register(app)
}

// books has a payment of authtest.Customer, one of somebody else, and a
// tombstone, whose customer nobody knows.
func books() *store {
	return &store{payments: payments(
		domain.Snapshot{OrderID: "own", CustomerID: authtest.Customer, Status: domain.Pending, Amount: 100},
		domain.Snapshot{OrderID: "other", CustomerID: "customer-2", Status: domain.Pending, Amount: 100},
		domain.Snapshot{OrderID: "tombstone", Status: domain.Voided},
	)}
}

func TestWhoMayCallWhat(t *testing.T) {
	read := []string{authkit.OrdersRead, authkit.Ops}
	authtest.Run(t, books().register, []authtest.Route{
		{Method: "GET", Path: "/api/payments", Status: 200, Scopes: read},
		{Method: "GET", Path: "/api/payments/:order_id", Example: "/api/payments/own", Status: 200, Scopes: read},
		{Method: "GET", Path: "/api/gateway/ledger", Status: 200, Scopes: []string{authkit.Ops}},
	})
}

func TestAnothersPaymentIsAsIfThereWereNone(t *testing.T) {
	app := authtest.NewApp(t, books().register)
	customers := authtest.Token(t, authtest.Customer, authkit.OrdersRead)
	unknown := authtest.Ask(t, app, "GET", "/api/payments/unknown", "", customers)
	for _, id := range []string{"other", "tombstone"} {
		a := authtest.Ask(t, app, "GET", "/api/payments/"+id, "", customers)
		if a.Status != 404 || a.Body != strings.ReplaceAll(unknown.Body, "unknown", id) {
			t.Errorf("%s: %d %s; of none: %s", id, a.Status, a.Body, unknown.Body)
		}
		if a := authtest.Ask(t, app, "GET", "/api/payments/"+id, "", authtest.Token(t, "operator", authkit.Ops)); a.Status != 200 {
			t.Errorf("%s for an operator: %d %s", id, a.Status, a.Body)
		}
	}
}

func TestListIsConfinedToTheCaller(t *testing.T) {
	s := books()
	app := authtest.NewApp(t, s.register)
	for token, customer := range map[string]string{
		authtest.Token(t, authtest.Customer, authkit.OrdersRead):       authtest.Customer,
		authtest.Token(t, "operator", authkit.OrdersRead, authkit.Ops): "",
	} {
		if a := authtest.Ask(t, app, "GET", "/api/payments?order_id=o-1", "", token); a.Status != 200 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if want := (application.Filter{OrderID: "o-1", CustomerID: customer, Limit: 51}); s.filter != want {
			t.Errorf("asked for %+v, want %+v", s.filter, want)
		}
	}
}
