package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// startGuardedConsole starts an order service that asks who calls, and behind its
// console an inventory that does so, too.
func startGuardedConsole(t *testing.T) (replica string) {
	t.Helper()
	return startConsoleBefore(t, map[string][]string{inventory: nil})
}

// startConsoleBefore starts an order service that asks who calls, and behind its
// console services that do so, too, with variables of their own.
func startConsoleBefore(t *testing.T, neighbours map[string][]string) (replica string) {
	t.Helper()
	env := guardedEnvironment()
	for service, variables := range neighbours {
		name := addReplica(t, service, append(guardedEnvironment(), variables...)...)
		env = append(env, strings.ToUpper(service)+"_URL="+system.URL(name))
	}
	return addReplica(t, orders, env...)
}

// enter gives the console a token.
func (b *tab) enter(token string) {
	b.t.Helper()
	b.fill("#token", token)
	b.press("button", "Use this token")
}

func TestConsoleShowsWhatATokenAllows(t *testing.T) {
	replica := startGuardedConsole(t)
	own, others := of(line{newProduct(t, 5), 1}), place(t, of(line{newProduct(t, 1), 1}))
	token := func(subject string, scopes ...string) string {
		return signed(t, tokenSecret, subject, time.Now().Add(time.Hour), scopes...)
	}
	b := openConsole(t, replica, "")
	b.sees("h1", "Token")
	b.seesNo("#nav a", "")
	b.enter("nonsense")
	b.sees("#token-fault", "not a JSON Web Token")
	b.enter(signed(t, "another secret, of somebody else", own.CustomerID, time.Now().Add(time.Hour), "orders:read"))
	b.sees("#token-fault", "The signature of the token is wrong.")

	b.enter(token(own.CustomerID, "orders:read", "orders:write"))
	b.sees("#caller", own.CustomerID)
	b.sees("#nav a", "Stock")
	b.seesNo("#nav a", "Dead letters")
	b.until(`document.querySelector("#customer").readOnly`) // nobody orders for others
	b.order(own.Items[0].ProductID, "sim_success")
	b.sees("#order .badge", "COMPLETED")
	b.sees(".lane[data-service=payment]", "PROCESSED")
	b.evaluate(`location.hash = "#/orders/` + others.ID + `"`)
	b.sees("#order .fault", "There is no order")
	b.press("#nav a", "Stock")
	b.fill("#find-product", own.Items[0].ProductID)
	b.press("#find", "")
	b.sees("#stock tr", own.Items[0].ProductID)
	b.seesNo("#stock button", "")
	b.evaluate(`location.hash = "#/dead-letters"`) // is not there: the first view is shown
	b.sees("h1", "Orders")
	b.seesNo("#groups", "")
	for _, path := range []string{"/api/dead-letters/summary", "/console/inventory/api/dead-letters/summary"} {
		a := call(t, http.MethodGet, replica, path, "", "Authorization", "Bearer "+token(own.CustomerID, "orders:read"))
		if problemOf(t, a); a.Status != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
	b.until(`!location.href.includes("ey") && document.cookie === ""`)

	b.press("#forget-token", "")
	b.sees("h1", "Token")
	b.enter(token("operator", "ops"))
	b.press("#nav a", "Dead letters")
	b.sees("#groups td", "")
	b.seesNo(".fault", "inventory") // which took the token, too
	b.seesNo("#operator", "")       // the token says who
	b.press("#nav a", "Orders")
	b.sees("#orders td", "")
	b.seesNo("#place", "") // that takes orders:write
	b.evaluate(`location.hash = "#/orders/` + others.ID + `"`)
	b.sees("#order .badge", "COMPLETED")
}

func TestConsoleOfACallerWhoMayDoNothing(t *testing.T) {
	b := openConsole(t, startGuardedConsole(t), "")
	b.enter(signed(t, tokenSecret, "stranger", time.Now().Add(time.Hour), "weather:read"))
	b.sees("h1", "This token allows nothing here")
	b.sees("p", "weather:read")
}
