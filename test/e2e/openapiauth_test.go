package e2e

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/openapi"
)

// allScopes are all that there are.
var allScopes = []string{"orders:read", "orders:write", "inventory:write", "ops"}

// guard tries one documented call of a service that asks who calls.
type guard struct {
	service  string // whose call it is
	replica  string // that is asked
	below    string // where the replica has the service's paths
	document *openapi.Document
	openapi.Operation
	openapi.Exchange // one that succeeds, without authentication
}

func TestEveryDocumentedCallTakesItsScopesAndNoStrangers(t *testing.T) {
	startGuarded(t)
	w := newWorld(t)
	for _, service := range contracts.Services {
		d := documentOf(t, service)
		for _, o := range d.Operations() {
			t.Run(service+" "+o.ID, func(t *testing.T) {
				g := guard{service: service, replica: guarded(service), document: d, Operation: o}
				g.try(t, w, successful(t, d, o))
			})
		}
	}
}

// isForwarded tells the calls of other services that the order service makes for its
// console.
func isForwarded(o openapi.Operation) bool {
	return slices.Contains([]string{"listProducts", "getProduct", "putProduct", "listReservations", "getPayment", "listNotifications"}, o.ID) ||
		strings.HasPrefix(o.Path, "/api/dead-letter")
}

// The way through the console is as narrow as the one to the service itself.
func TestEveryCallOfTheConsoleTakesItsScopesAndNoStrangers(t *testing.T) {
	replica := startConsoleBefore(t, map[string][]string{inventory: nil, payments: nil, notifications: nil})
	w, tried := newWorld(t), 0
	for _, service := range []string{inventory, payments, notifications} {
		d := documentOf(t, service)
		for _, o := range d.Operations() {
			if !isForwarded(o) {
				continue
			}
			tried++
			t.Run(service+" "+o.ID, func(t *testing.T) {
				e := successful(t, d, o)
				e.Path, _, _ = strings.Cut(e.Path, "?") // the console asks for less
				g := guard{service: service, replica: replica, below: "/console/" + service, document: d, Operation: o}
				g.Operation.Path = g.below + o.Path
				g.try(t, w, e)
			})
		}
	}
	if want := 6 + 3*8; tried != want {
		t.Errorf("%d calls were tried, want %d", tried, want)
	}
}

// try has all kinds of callers make the exchange.
func (g guard) try(t *testing.T, w world, e openapi.Exchange) {
	g.Exchange = e.With(strings.NewReplacer(w.replace...))
	g.Exchange.Path = g.below + g.Exchange.Path
	if len(g.Scopes) == 0 {
		g.expect(t, "without a token", http.StatusOK, "")
		return
	}
	g.refusesBadTokens(t, w.customer)
	g.refusesOtherScopes(t, w.customer)
	for _, scope := range g.Scopes {
		g.Exchange = w.exchange(t, g.service, e)
		g.Exchange.Path = g.below + g.Exchange.Path
		g.takesTheScope(t, w.customer, scope)
	}
	g.hidesWhatIsAnothers(t)
}

// expect sends the request with a token; the answer has to be documented.
func (g guard) expect(t *testing.T, who string, status int, token string) answer {
	t.Helper()
	var headers []string
	if token != "" {
		headers = []string{"Authorization", "Bearer " + token}
	}
	a := ask(t, g.replica, g.Operation, g.Exchange, headers...)
	if a.Status != status {
		t.Errorf("%s: %d %.500s, want %d", who, a.Status, a.Body, status)
	}
	if err := g.document.Check(g.Operation, a.Status, a.Header, a.Body); err != nil {
		t.Errorf("%s: %v", who, err)
	}
	return a
}

func (g guard) refusesBadTokens(t *testing.T, customer string) {
	hour := time.Now().Add(time.Hour)
	good := signed(t, tokenSecret, customer, hour, allScopes...)
	parts := strings.Split(good, ".")
	for who, token := range map[string]string{
		"without a token":          "",
		"with an expired token":    signed(t, tokenSecret, customer, time.Now().Add(-time.Hour), allScopes...),
		"with a wrong key's token": signed(t, tokenSecret+"!", customer, hour, allScopes...),
		"with alg: none":           base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + ".",
	} {
		if a := g.expect(t, who, http.StatusUnauthorized, token); a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no challenge", who)
		}
	}
}

// refusesOtherScopes: all of them together are not enough.
func (g guard) refusesOtherScopes(t *testing.T, customer string) {
	others := slices.DeleteFunc(slices.Clone(allScopes), func(s string) bool { return slices.Contains(g.Scopes, s) })
	a := g.expect(t, "without the scope", http.StatusForbidden, signed(t, tokenSecret, customer, time.Now().Add(time.Hour), others...))
	if a.Header.Get("WWW-Authenticate") == "" {
		t.Error("without the scope: no challenge")
	}
}

// takesTheScope: a documented scope is enough by itself, and the call is done.
func (g guard) takesTheScope(t *testing.T, customer, scope string) {
	subject := customer
	if !isCustomers(scope) {
		subject = "operator-" + newID() // with a quota of its own
	}
	status, err := strconv.Atoi(g.Exchange.Status)
	if err != nil {
		t.Fatal(err)
	}
	g.expect(t, "with "+scope, status, signed(t, tokenSecret, subject, time.Now().Add(time.Hour), scope))
}

// isCustomers tells the scopes that confine a caller to the own orders.
func isCustomers(scope string) bool { return strings.HasPrefix(scope, "orders:") }

// hidesWhatIsAnothers: an order is as if there were none, and in no list.
func (g guard) hidesWhatIsAnothers(t *testing.T) {
	customers := slices.DeleteFunc(slices.Clone(g.Scopes), func(s string) bool { return !isCustomers(s) })
	if len(customers) == 0 {
		return
	}
	stranger := signed(t, tokenSecret, "stranger-"+newID(), time.Now().Add(time.Hour), customers...)
	inPath, _, _ := strings.Cut(g.Exchange.Path, "?")
	switch {
	case strings.Contains(g.Operation.Path, "/api/products"): // they are everybody's
	case g.Method == http.MethodPost && inPath == g.Operation.Path: // in another's name
		g.expect(t, "a stranger", http.StatusForbidden, stranger)
	case inPath != g.Operation.Path:
		g.expect(t, "a stranger", http.StatusNotFound, stranger)
	case !strings.HasSuffix(inPath, "/events"): // whose answer would not end
		g.Exchange.Path = inPath
		if a := g.expect(t, "a stranger", http.StatusOK, stranger); a.Body != `{"items":[],"next_cursor":null}` {
			t.Errorf("a stranger sees %s", a.Body)
		}
	}
}
