package e2e

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/stack"
)

const (
	tokenSecret   = "a secret of the end-to-end tests alone"
	tokenIssuer   = "https://issuer.example"
	tokenAudience = "orders"
)

// guarded is the name of a service's replica that asks who calls.
func guarded(service string) string { return service + "-guarded" }

// startGuarded starts a replica of each service, with authentication; inventory
// has a limit of two writes, too. Not in parallel with other tests: it changes the system.
func startGuarded(t *testing.T) {
	t.Helper()
	for _, service := range contracts.Services {
		env := guardedEnvironment()
		if service == inventory {
			env = append(env, "RATE_LIMIT_WRITES=0.001", "RATE_LIMIT_BURST=2")
		}
		p := system.Service(guarded(service)) // of an earlier test
		if p == nil {
			var err error
			if p, err = system.AddReplica(t.Context(), stack.Replica{Name: guarded(service), Service: service, Env: env}); err != nil {
				t.Fatal(err)
			}
		}
		start(t, p)
		t.Cleanup(func() {
			if err := p.Stop(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
}

// guardedEnvironment has a service ask who calls.
func guardedEnvironment() []string {
	return []string{
		"AUTH_MODE=shared-secret", "AUTH_ALGORITHM=HS256", "AUTH_SHARED_SECRET=" + tokenSecret,
		"AUTH_ISSUER=" + tokenIssuer, "AUTH_AUDIENCE=" + tokenAudience,
		"PAYMENT_SUCCESS_RATE=1", "PAYMENT_GATEWAY_LATENCY=5ms", "SAGA_TIMEOUT=1h",
	}
}

// bearer is the header of a caller with a token for an hour, as pairs for call.
func bearer(t *testing.T, subject string, scopes ...string) []string {
	t.Helper()
	return []string{"Authorization", "Bearer " + signed(t, tokenSecret, subject, time.Now().Add(time.Hour), scopes...), "Content-Type", "application/json"}
}

// signed makes a JSON Web Token with HS256 (RFC 7515, appendix A.1).
func signed(t *testing.T, secret, subject string, expires time.Time, scopes ...string) string {
	t.Helper()
	text := unsigned(t, `{"alg":"HS256","typ":"JWT"}`, subject, expires, scopes...)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text)) // never fails
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// unsigned is what of a token is signed.
func unsigned(t *testing.T, header, subject string, expires time.Time, scopes ...string) string {
	t.Helper()
	claims, err := json.Marshal(map[string]any{
		"iss": tokenIssuer, "aud": tokenAudience, "sub": subject, "exp": expires.Unix(), "scope": strings.Join(scopes, " "),
	})
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode(claims)
}

// streamShowsOnesOwn: of all that ever happened a customer is told what became of
// the own orders, of which this is the first.
func streamShowsOnesOwn(t *testing.T, own placement, headers []string) {
	t.Helper()
	s := mustStream(t, guarded(orders), "/api/events?last_event_id=1", headers...)
	body, err := json.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	placed := accepted(t, expect(t, http.StatusCreated, http.MethodPost, orders, "/api/orders", string(body), headers))
	for _, c := range s.read(t, len(eventsSold)) {
		if c.OrderID != placed.ID {
			t.Errorf("%s is told of the order %s", own.CustomerID, c.OrderID)
		}
	}
}

// leeway is AUTH_LEEWAY.
const leeway = 30 * time.Second

// streamEndsWithItsToken, and its client goes on with another one, without a gap.
func streamEndsWithItsToken(t *testing.T, own placement, headers []string) {
	t.Helper()
	token := signed(t, tokenSecret, own.CustomerID, time.Now().Add(3*time.Second-leeway), "orders:read")
	ending := []string{"Authorization", "Bearer " + token}
	s := mustStream(t, guarded(orders), "/api/events", ending...)
	s.readToItsEnd(t)
	expect(t, http.StatusUnauthorized, http.MethodGet, orders, "/api/events", "", ending)
	placed := accepted(t, expect(t, http.StatusCreated, http.MethodPost, orders, "/api/orders", bodyOf(t, own), headers))
	waitFor(t, placed.ID, sold)
	again := mustStream(t, guarded(orders), "/api/events", append(s.lastEventID(), headers...)...)
	for _, c := range again.read(t, len(eventsSold)) {
		if c.OrderID != placed.ID {
			t.Errorf("%s is told of the order %s", own.CustomerID, c.OrderID)
		}
	}
}

// keysAreOnesOwn: an idempotency key of one caller means nothing for another one.
func keysAreOnesOwn(t *testing.T, callers ...string) {
	t.Helper()
	key, p, placed := newID(), newProduct(t, len(callers)), map[string]bool{}
	for _, caller := range callers {
		own := of(line{p, 1})
		own.CustomerID = caller
		headers := append(bearer(t, caller, "orders:write"), keyHeader, key)
		first := expect(t, http.StatusCreated, http.MethodPost, orders, "/api/orders", bodyOf(t, own), headers)
		if first.Header.Get(replayedHeader) != "" {
			t.Errorf("%s gets somebody else's answer: %s", caller, first.Body)
		}
		placed[accepted(t, first).ID] = true
		expectReplay(t, expect(t, http.StatusCreated, http.MethodPost, orders, "/api/orders", bodyOf(t, own), headers), first)
	}
	if len(placed) != len(callers) {
		t.Errorf("%d orders of %d callers", len(placed), len(callers))
	}
}

func TestCallersSeeAndDoWhatTheyMay(t *testing.T) {
	startGuarded(t)
	p := newProduct(t, 3)
	ask := of(line{p, 1})
	alice := bearer(t, ask.CustomerID, "orders:read", "orders:write")
	bobs := ask
	bobs.CustomerID = "bob-" + newID()
	bob := bearer(t, bobs.CustomerID, "orders:read", "orders:write")
	operator := bearer(t, "operator", "ops")

	body, err := json.Marshal(ask)
	if err != nil {
		t.Fatal(err)
	}
	refused := expect(t, http.StatusForbidden, http.MethodPost, orders, "/api/orders", string(body), bob)
	if fields := problemOf(t, refused).Errors; len(fields) != 1 || fields[0].Field != "customer_id" {
		t.Errorf("an order in another's name: %s", refused.Body)
	}
	placed := accepted(t, expect(t, http.StatusCreated, http.MethodPost, orders, "/api/orders", string(body), alice))
	waitFor(t, placed.ID, sold)

	for _, c := range []struct {
		service, path        string
		method               string
		alice, bob, operator int
	}{
		{orders, "/api/orders/" + placed.ID, http.MethodGet, 200, 404, 200},
		{orders, "/api/orders/" + placed.ID + "/cancel", http.MethodPost, 409, 404, 409}, // it is complete
		{payments, "/api/payments/" + placed.ID, http.MethodGet, 200, 404, 200},
		{payments, "/api/gateway/ledger", http.MethodGet, 403, 403, 200},
		{inventory, "/api/products/" + p, http.MethodGet, 200, 200, 200},
		{inventory, "/api/reservations", http.MethodGet, 403, 403, 200},
	} {
		expect(t, c.alice, c.method, c.service, c.path, "", alice)
		expect(t, c.bob, c.method, c.service, c.path, "", bob)
		expect(t, c.operator, c.method, c.service, c.path, "", operator)
		expect(t, http.StatusUnauthorized, c.method, c.service, c.path, "", nil)
	}
	for _, l := range []struct{ service, path string }{
		{orders, "/api/orders"}, {payments, "/api/payments"}, {notifications, "/api/notifications"},
	} {
		for name, c := range map[string]struct {
			caller []string
			sees   bool
		}{"alice": {alice, true}, "bob": {bob, false}, "operator": {operator, true}} {
			a := expect(t, http.StatusOK, http.MethodGet, l.service, l.path, "", c.caller)
			if sees := strings.Contains(a.Body, placed.ID); sees != c.sees {
				t.Errorf("%s sees the order in %s: %t", name, l.path, sees)
			}
		}
	}
	if a := expect(t, http.StatusOK, http.MethodGet, orders, "/api/orders?customer_id="+ask.CustomerID, "", bob); a.Body != `{"items":[],"next_cursor":null}` {
		t.Errorf("bob asks for alice's orders: %s", a.Body)
	}
	streamShowsOnesOwn(t, bobs, bob)
	streamEndsWithItsToken(t, ask, alice)
	keysAreOnesOwn(t, ask.CustomerID, bobs.CustomerID)
	badTokensAreRefused(t, ask.CustomerID)
	writesAreBounded(t, ask.CustomerID)
}

// expect calls the guarded replica of a service.
func expect(t *testing.T, status int, method, service, path, body string, caller []string) answer {
	t.Helper()
	a := call(t, method, guarded(service), path, body, caller...)
	if a.Status != status {
		t.Errorf("%s %s: %d %s, want %d", method, path, a.Status, a.Body, status)
	}
	return a
}

func badTokensAreRefused(t *testing.T, customer string) {
	for _, service := range contracts.Services {
		path := firstList[service]
		for what, token := range map[string]string{
			"of a wrong secret": signed(t, tokenSecret+"!", customer, time.Now().Add(time.Hour), "orders:read", "ops"),
			"expired":           signed(t, tokenSecret, customer, time.Now().Add(-time.Hour), "orders:read", "ops"),
			"unsigned":          base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + ".e30.",
		} {
			a := expect(t, http.StatusUnauthorized, http.MethodGet, service, path, "", []string{"Authorization", "Bearer " + token})
			problemOf(t, a)
			if got := a.Header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
				t.Errorf("a token %s: WWW-Authenticate is %q", what, got)
			}
		}
		for _, open := range []string{"/healthz", "/readyz", "/metrics"} {
			expect(t, http.StatusOK, http.MethodGet, service, open, "", nil)
		}
	}
}

func writesAreBounded(t *testing.T, customer string) {
	id := newProduct(t, 1)
	var statuses []int
	for range 3 {
		a := call(t, http.MethodPut, guarded(inventory), "/api/products/"+id, `{"available":1}`, bearer(t, customer, "inventory:write")...)
		statuses = append(statuses, a.Status)
		if a.Status == http.StatusTooManyRequests {
			problemOf(t, a)
			if a.Header.Get("Retry-After") == "" || !strings.HasPrefix(a.Header.Get("RateLimit"), `"writes";r=0;t=`) {
				t.Errorf("429 with %v", a.Header)
			}
		}
	}
	if want := []int{200, 200, 429}; !slices.Equal(statuses, want) {
		t.Errorf("three writes at once are answered %v, want %v", statuses, want)
	}
	expect(t, http.StatusOK, http.MethodPut, inventory, "/api/products/"+id, fmt.Sprintf(`{"available":%d}`, 1), bearer(t, "stock keeper", "inventory:write"))
}
