package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The order service takes a token, and passes it on to services that don't: what they
// say counts for them, and what the order service says for the console.
func TestConsolesNeighboursCheckTheTokenThemselves(t *testing.T) {
	const why = "The signature of the token is wrong."
	p := newProduct(t, 3)
	others := []string{"AUTH_SHARED_SECRET=a secret that makes other tokens good ones"}
	replica := startConsoleBefore(t, map[string][]string{inventory: others, payments: others, notifications: others})
	token := signed(t, tokenSecret, "operator", time.Now().Add(time.Hour), allScopes...)

	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "/console/inventory/api/products/" + p, ""},
		{http.MethodPut, "/console/inventory/api/products/" + p, `{"available":7}`},
		{http.MethodGet, "/console/payment/api/payments/" + newID(), ""},
		{http.MethodGet, "/console/notification/api/notifications", ""},
		{http.MethodPost, "/console/payment/api/dead-letters/discard", `{"reason":"panic"}`},
	} {
		a := call(t, c.method, replica, c.path, c.body, "Authorization", "Bearer "+token, "Content-Type", "application/json")
		if got := problemOf(t, a); a.Status != http.StatusUnauthorized || got.Detail != why {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.Status, a.Body)
		}
		if got := a.Header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
			t.Errorf("%s %s: WWW-Authenticate is %q", c.method, c.path, got)
		}
	}
	expectStock(t, p, stock{Available: 3})

	b := openConsole(t, replica, "")
	b.enter(token)
	b.press("#nav a", "Dead letters")
	for _, service := range []string{inventory, payments, notifications} {
		b.sees(".fault", service+": "+why)
	}
	b.sees("#groups td", "") // of the order service
	b.press("#nav a", "Stock")
	b.sees(".fault", why)
	b.fill("#new-product", p)
	b.fill("#new-available", "7")
	b.press("button", "Add")
	b.sees(".fault", p+": "+why)
	b.seesNo("#token", "") // it is good here
	b.sees("#caller", "operator")
	expectStock(t, p, stock{Available: 3})
}
