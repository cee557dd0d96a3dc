package authkit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/authkit/authtest"
	"orders.internal/shared-kernel/httpkit"
)

func ok(c *fiber.Ctx) error { return c.SendString("ok") }

func TestTheTableHolds(t *testing.T) {
	authtest.Run(t, func(app *fiber.App) {
		app.Get("/open", authkit.Open, ok)
		app.Get("/read", authkit.Require(authkit.OrdersRead, authkit.Ops), ok)
	}, []authtest.Route{
		{Method: "GET", Path: "/open", Status: 200},
		{Method: "GET", Path: "/read", Status: 200, Scopes: []string{authkit.OrdersRead, authkit.Ops}},
	})
}

func TestHandlersLearnWhoCalls(t *testing.T) {
	var caller httpkit.Caller
	var confinedTo string
	app := authtest.NewApp(t, func(app *fiber.App) {
		app.Get("/", authkit.Require(authkit.OrdersRead, authkit.Ops), func(c *fiber.Ctx) error {
			caller, confinedTo = httpkit.CallerOf(c), authkit.Customer(c)
			return nil
		})
	})
	for _, c := range []struct {
		subject    string
		scopes     []string
		confinedTo string
	}{
		{"customer-1", []string{authkit.OrdersRead}, "customer-1"},
		{"operator", []string{authkit.OrdersRead, authkit.Ops}, ""},
	} {
		a := authtest.Ask(t, app, "GET", "/", "", authtest.Token(t, c.subject, c.scopes...))
		if a.Status != 200 || caller.Subject != c.subject || !slices.Equal(caller.Scopes, c.scopes) || confinedTo != c.confinedTo {
			t.Errorf("%d, caller %+v, confined to %q; want %+v", a.Status, caller, confinedTo, c)
		}
	}
}

func TestAnswersSayWhatIsWrong(t *testing.T) {
	app := authtest.NewApp(t, func(app *fiber.App) { app.Get("/", authkit.Require(authkit.OrdersRead, authkit.Ops), ok) })
	for token, want := range map[string]struct {
		status            int
		challenge, detail string
	}{
		"": {401, `Bearer realm="orders"`, "This needs a bearer token in the header Authorization."},
		"x": {401, `Bearer realm="orders", error="invalid_token", error_description="the token is not a JSON Web Token"`,
			"The token is not a JSON Web Token."},
		authtest.Token(t, "c", authkit.OrdersWrite): {403, `Bearer realm="orders", error="insufficient_scope", scope="orders:read"`,
			"This needs a token with the scope orders:read or ops."},
	} {
		a := authtest.Ask(t, app, "GET", "/", "", token)
		if got := a.Header.Get("WWW-Authenticate"); a.Status != want.status || got != want.challenge {
			t.Errorf("%d, WWW-Authenticate %s; want %d, %s", a.Status, got, want.status, want.challenge)
		}
		if !strings.Contains(a.Body, `"detail":"`+want.detail+`"`) {
			t.Errorf("%s; want %s", a.Body, want.detail)
		}
	}
}

// Written here, where the compiler may make copies of what Require returns.
var guards = []fiber.Handler{authkit.Require(authkit.Ops), authkit.Require(authkit.OrdersRead, authkit.Ops), authkit.Open}

func TestRoutesSayWhoMayCallThem(t *testing.T) {
	for _, guard := range guards {
		err := authkit.Protect(fiber.New(), nil, func(app *fiber.App) {
			app.Get("/a", guard, ok)
			app.Group("/b").Post("/c", guard, ok)
		})
		if err != nil {
			t.Error(err)
		}
	}
	for name, c := range map[string]struct {
		register func(*fiber.App)
		named    string
	}{
		"no guard":          {func(app *fiber.App) { app.Post("/a", ok) }, "POST /a"},
		"a guard too late":  {func(app *fiber.App) { app.Get("/a", ok, guards[0]) }, "GET /a"},
		"in a group":        {func(app *fiber.App) { app.Group("/a").Get("/b", ok) }, "GET /a/b"},
		"all methods":       {func(app *fiber.App) { app.All("/a", ok) }, "DELETE /a"},
		"one among others":  {func(app *fiber.App) { app.Get("/a", guards[0], ok).Get("/b", ok) }, "GET /b"},
		"a middleware":      {func(app *fiber.App) { app.Use(ok) }, "GET /"},
		"one below a path":  {func(app *fiber.App) { app.Use("/a", ok) }, "GET /a"},
		"files":             {func(app *fiber.App) { app.Static("/a", ".") }, "HEAD /a"},
		"another app":       {func(app *fiber.App) { app.Mount("/a", fiber.New().Get("/b", ok).(*fiber.App)) }, "GET /a"},
		"the kit's, copied": {func(app *fiber.App) { app.Get("/kit", ok) }, "GET /kit"},
	} {
		t.Run(name, func(t *testing.T) {
			app := fiber.New()
			app.Use(ok)
			app.Get("/kit", ok)
			app.Use(ok)
			err := authkit.Protect(app, authtest.Verifier(t), c.register)
			if err == nil || !strings.Contains(err.Error(), c.named) {
				t.Errorf("error is %v, want one that names %s", err, c.named)
			}
		})
	}
}

func TestRequireNeedsAScope(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a route that requires nothing looks like a guarded one")
		}
	}()
	authkit.Require()
}
