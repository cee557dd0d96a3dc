package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/test/openapi"
)

// provocation is what leads to an answer that calls share, when their examples are
// not enough.
type provocation struct {
	arrange func(t *testing.T, replicas map[string]string)   // of the services concerned; it may put others in their places
	at      func(openapi.Operation) bool                     // nil: at every call that has the answer
	request func(t *testing.T, successful *openapi.Exchange) // makes it one that leads to the answer
	headers []string                                         // that must be there, beside those that are required
}

// provocations are all of openapi.Provoked.
var provocations = map[string]provocation{
	"BadBody emptyBody":           {request: func(_ *testing.T, e *openapi.Exchange) { e.Body = "" }},
	"BadPosition badPosition":     {request: asking("last_event_id", "yesterday")},
	"BadQuery emptyParameter":     {at: calls("listDeadLetterActions"), request: asking("order_id", "")},
	"BadQuery repeatedParameter":  {at: calls("listDeadLetterActions"), request: asking("order_id", "1", "2")},
	"BadQuery unknownParameter":   {at: calls("listDeadLetterActions"), request: asking("page", "2")},
	"Busy backlog":                {arrange: fillBacklog, headers: []string{"Retry-After"}},
	"Failure defect":              {at: calls("listDeadLetterActions"), arrange: loseActions},
	"Forbidden noScope":           {at: isForOperators, arrange: askWhoCalls, request: withoutTheScope, headers: []string{"WWW-Authenticate"}},
	"Forbidden otherSite":         {at: changes, request: sending("Sec-Fetch-Site", "cross-site")},
	"NoPosition beyond":           {request: asking("last_event_id", strconv.Itoa(1<<53))},
	"TooLarge tooLarge":           {request: func(_ *testing.T, e *openapi.Exchange) { e.Body = strings.Repeat(" ", 1<<20+1) }},
	"TooManyRequests usedUp":      {arrange: useQuotaUp, headers: []string{"Retry-After", "RateLimit", "RateLimit-Policy"}},
	"Unauthorized expired":        {arrange: askWhoCalls, request: tooLate, headers: []string{"WWW-Authenticate"}},
	"Unavailable noDatabase":      {at: calls("listDeadLetterActions"), arrange: stopDatabase, headers: []string{"Retry-After"}},
	"Unavailable noDeadQueue":     {at: calls("listDeadLetters"), arrange: stopBroker, headers: []string{"Retry-After"}},
	"UnsupportedMediaType noJSON": {at: takesBody, request: sending("Content-Type", "text/plain")},
}

func calls(id string) func(openapi.Operation) bool {
	return func(o openapi.Operation) bool { return o.ID == id }
}

func changes(o openapi.Operation) bool { return o.Method != http.MethodGet }

func isForOperators(o openapi.Operation) bool { return len(o.Scopes) == 1 && o.Scopes[0] == "ops" }

// takesBody: the others that change something look at none.
func takesBody(o openapi.Operation) bool {
	return o.ID == "placeOrder" || o.ID == "putProduct" || strings.HasSuffix(o.ID, "DeadLetters")
}

func asking(name string, values ...string) func(*testing.T, *openapi.Exchange) {
	return func(_ *testing.T, e *openapi.Exchange) {
		e.Path, _, _ = strings.Cut(e.Path, "?")
		e.Path += "?" + url.Values{name: values}.Encode()
	}
}

func sending(name, value string) func(*testing.T, *openapi.Exchange) {
	return func(_ *testing.T, e *openapi.Exchange) { e.Headers = append(e.Headers, name, value) }
}

func withoutTheScope(t *testing.T, e *openapi.Exchange) {
	e.Headers = append(e.Headers, bearer(t, "customer", "orders:read", "orders:write", "inventory:write")[:2]...)
}

func tooLate(t *testing.T, e *openapi.Exchange) {
	e.Headers = append(e.Headers, "Authorization", "Bearer "+signed(t, tokenSecret, "customer", time.Now().Add(-time.Hour), allScopes...))
}

func askWhoCalls(t *testing.T, replicas map[string]string) {
	startGuarded(t)
	for service := range replicas {
		replicas[service] = guarded(service)
	}
}

// useQuotaUp starts replicas of which each has taken the one write that it allows in
// a long time.
func useQuotaUp(t *testing.T, replicas map[string]string) {
	for service := range replicas {
		replicas[service] = addReplica(t, service, "RATE_LIMIT_WRITES=0.001", "RATE_LIMIT_BURST=1")
		a := call(t, http.MethodPost, replicas[service], "/api/dead-letters/none/discard", "")
		if a.Status != http.StatusNotFound {
			t.Fatalf("%s: %d %s", service, a.Status, a.Body)
		}
	}
}

func stopDatabase(t *testing.T, _ map[string]string) {
	leaveHealthy(t)
	stop(t, system.Database)
}

func stopBroker(t *testing.T, _ map[string]string) {
	leaveHealthy(t)
	stop(t, system.Broker)
}

// fillBacklog starts an order service that can do without the broker for one order,
// and takes the broker and that order away.
func fillBacklog(t *testing.T, replicas map[string]string) {
	leaveHealthy(t)
	replica := addReplica(t, orders, "OUTBOX_MAX_BACKLOG=1")
	replicas[orders] = replica
	p := of(line{newProduct(t, 1000), 1})
	stop(t, system.Broker)
	eventually(t, func() error {
		a, err := tryPlaceAt(replica, p)
		if err == nil && a.Status == http.StatusCreated {
			err = fmt.Errorf("%s was still taken", accepted(t, a).ID)
		}
		return err
	})
}

// loseActions hides the table of what operators did from the services.
func loseActions(t *testing.T, replicas map[string]string) {
	for service := range replicas {
		rename := func(from, to string) {
			ctx := context.WithoutCancel(t.Context())
			conn, err := pgx.Connect(ctx, system.DatabaseURL(service))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(ctx)
			if _, err := conn.Exec(ctx, fmt.Sprintf("ALTER TABLE %s RENAME TO %s", from, to)); err != nil {
				t.Fatal(err)
			}
		}
		rename("dead_letter_actions", "hidden_actions")
		t.Cleanup(func() { rename("hidden_actions", "dead_letter_actions") })
	}
}
