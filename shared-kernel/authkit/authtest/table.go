package authtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/limitkit"
)

// Route is one row of a service's table: who may call what.
type Route struct {
	Method, Path string   // as registered
	Example      string   // a path to ask; empty: Path
	Body         string   // of the request
	Status       int      // of the answer to Customer; it may be asked again and again
	Scopes       []string // each of them is enough; none: open to all
}

// scopes are all that there are.
var scopes = []string{authkit.OrdersRead, authkit.OrdersWrite, authkit.InventoryWrite, authkit.Ops}

// Run checks that the table has every route, and that each lets nobody pass but
// those whom its row names, and bounds its callers if it writes.
func Run(t *testing.T, register func(*fiber.App), table []Route) {
	app := NewApp(t, register)
	missing := routesOf(app)
	for _, r := range table {
		delete(missing, r.Method+" "+r.Path)
	}
	if len(missing) > 0 {
		t.Errorf("routes that no row of the table has: %v", slices.Sorted(maps.Keys(missing)))
	}
	for _, r := range table {
		t.Run(strings.TrimPrefix(r.Method+" "+r.Path, "/"), func(t *testing.T) {
			r.letsPassWithoutAuthentication(t, newApp(t, nil, limitkit.Config{}, register))
			if len(r.Scopes) == 0 {
				r.want(t, app, "no token", "", r.Status)
				return
			}
			r.refusesBadTokens(t, app)
			r.refusesOtherScopes(t, app)
			r.letsScopesPass(t, app)
			if r.Method != http.MethodGet {
				r.boundsWrites(t, newApp(t, Verifier(t), limitkit.Config{RateLimitWrites: 0.5, RateLimitBurst: 1}, register))
			}
		})
	}
}

// kit is what every service answers to whoever watches it.
var kit = []string{"/healthz", "/readyz", "/metrics"}

// routesOf returns the service's own routes. HEAD is part of GET.
func routesOf(app *fiber.App) map[string]bool {
	routes := map[string]bool{}
	for _, r := range app.GetRoutes(true) {
		if r.Method != http.MethodHead && !slices.Contains(kit, r.Path) {
			routes[r.Method+" "+r.Path] = true
		}
	}
	return routes
}

func (r Route) ask(t *testing.T, app *fiber.App, token string) Answer {
	t.Helper()
	path := r.Example
	if path == "" {
		path = r.Path
	}
	return Ask(t, app, r.Method, path, r.Body, token)
}

func (r Route) want(t *testing.T, app *fiber.App, who, token string, status int) Answer {
	t.Helper()
	a := r.ask(t, app, token)
	if a.Status != status {
		t.Errorf("%s: %d %s, want %d", who, a.Status, a.Body, status)
	}
	return a
}

func (r Route) wantProblem(t *testing.T, app *fiber.App, who, token string, status int, challenge string) {
	t.Helper()
	a := r.want(t, app, who, token, status)
	if got := a.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, challenge) {
		t.Errorf("%s: WWW-Authenticate is %q, want %q", who, got, challenge)
	}
	if !strings.Contains(a.Body, fmt.Sprintf(`"status":%d,"detail":"`, status)) {
		t.Errorf("%s: no problem: %s", who, a.Body)
	}
}

func (r Route) letsPassWithoutAuthentication(t *testing.T, app *fiber.App) {
	r.want(t, app, "authentication is off", "", r.Status)
	r.want(t, app, "authentication is off, a token all the same", "nonsense", r.Status)
}

func (r Route) refusesBadTokens(t *testing.T, app *fiber.App) {
	r.wantProblem(t, app, "no token", "", http.StatusUnauthorized, `Bearer realm="orders"`)
	if got := r.ask(t, app, "").Header.Get("WWW-Authenticate"); strings.Contains(got, "error") {
		t.Errorf("without a token, WWW-Authenticate is %q", got)
	}
	for what, token := range badTokens(t, Customer, scopes) {
		r.wantProblem(t, app, what, token, http.StatusUnauthorized, `Bearer realm="orders", error="invalid_token", error_description="`)
	}
	if r.Method == http.MethodGet {
		head := r
		head.Method = http.MethodHead
		head.want(t, app, "HEAD", "", http.StatusUnauthorized)
	}
}

func (r Route) refusesOtherScopes(t *testing.T, app *fiber.App) {
	others := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return slices.Contains(r.Scopes, s) })
	challenge := fmt.Sprintf(`Bearer realm="orders", error="insufficient_scope", scope=%q`, r.Scopes[0])
	r.wantProblem(t, app, "no scope", Token(t, Customer), http.StatusForbidden, challenge)
	r.wantProblem(t, app, "other scopes", Token(t, Customer, others...), http.StatusForbidden, challenge)
}

func (r Route) letsScopesPass(t *testing.T, app *fiber.App) {
	for _, scope := range r.Scopes {
		r.want(t, app, scope, Token(t, Customer, scope), r.Status)
	}
}

func (r Route) boundsWrites(t *testing.T, app *fiber.App) {
	first := r.want(t, app, "the first write", Token(t, Customer, r.Scopes...), r.Status)
	if policy := first.Header.Get("RateLimit-Policy"); policy != `"writes";q=1;w=2` {
		t.Errorf("RateLimit-Policy is %q", policy)
	}
	second := r.want(t, app, "the second write", Token(t, Customer, r.Scopes...), http.StatusTooManyRequests)
	if after := second.Header.Get("Retry-After"); after != "2" {
		t.Errorf("Retry-After is %q", after)
	}
	if other := r.ask(t, app, Token(t, "somebody else", append(r.Scopes, authkit.Ops)...)); other.Status == http.StatusTooManyRequests {
		t.Errorf("another caller is answered %s", other.Body)
	}
}
