package fxkit

import (
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/fx"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/config"
)

// routes has one route, with these handlers.
type routes []fiber.Handler

func (r routes) Register(app *fiber.App) { app.Get("/thing", r...) }

func TestRouteThatDoesNotSayWhoMayCallItIsRefusedAtTheStart(t *testing.T) {
	answer := func(c *fiber.Ctx) error { return nil }
	for name, c := range map[string]struct {
		routes  routes
		refused bool
	}{
		"guarded":    {routes{authkit.Require(authkit.Ops), answer}, false},
		"open":       {routes{authkit.Open, answer}, false},
		"undeclared": {routes{answer}, true},
	} {
		for _, mode := range []authkit.Mode{authkit.Off, authkit.JWKS} {
			settings := config.Common{Auth: authkit.Config{AuthMode: mode, AuthJWKSURL: "http://127.0.0.1:1/keys"}}
			err := fx.New(
				Base("test", settings),
				fx.Supply(Migrated(make(chan struct{})), fx.Annotate(c.routes, fx.As(new(Routes)))),
				HTTP(settings),
			).Err()
			if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "GET /thing") {
				t.Errorf("%s, authentication %s: %v", name, mode, err)
			}
		}
	}
}
