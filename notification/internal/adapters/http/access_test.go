package http

import (
	"testing"

	"github.com/gofiber/fiber/v2"

	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/authkit/authtest"
)

func (s *shelf) register(app *fiber.App) {
	NewHandlers(application.NewListNotifications(s)).Register(app)
}

func TestWhoMayCallWhat(t *testing.T) {
	authtest.Run(t, (&shelf{}).register, []authtest.Route{
		{Method: "GET", Path: "/api/notifications", Status: 200, Scopes: []string{authkit.OrdersRead, authkit.Ops}},
	})
}

func TestListIsConfinedToTheCaller(t *testing.T) {
	s := &shelf{}
	app := authtest.NewApp(t, s.register)
	for token, customer := range map[string]string{
		authtest.Token(t, authtest.Customer, authkit.OrdersRead):       authtest.Customer,
		authtest.Token(t, "operator", authkit.OrdersRead, authkit.Ops): "",
	} {
		if a := authtest.Ask(t, app, "GET", "/api/notifications?order_id=o-1", "", token); a.Status != 200 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if want := (application.Filter{OrderID: "o-1", CustomerID: customer, Limit: 51}); s.asked != want {
			t.Errorf("asked for %+v, want %+v", s.asked, want)
		}
	}
}
