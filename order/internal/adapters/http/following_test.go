package http

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/httpkit"
)

const otherID = "01a20ba7-36a6-79a1-a3bc-dacf506739d4"

// entry is about the order that the tests place.
func entry(status domain.Status, eventID, typ, cause string, after time.Duration) application.Entry {
	return application.Entry{OrderID: id, CustomerID: "customer-1", Status: status, Event: domain.Observation{
		EventID: eventID, Type: typ, Source: "/payment", CausationID: cause, OccurredAt: now.Add(after),
	}}
}

func TestTimelineShowsTheStepsOfAnOrder(t *testing.T) {
	app, s := setup(t)
	processed := entry(domain.Completed, "e-2", "PaymentProcessed", "e-1", 1500*time.Millisecond)
	processed.Event.Attempts = 3
	created := entry(domain.Pending, "e-1", "OrderCreated", "", 0)
	created.Event.Source = "/order"
	s.write(processed, created) // in causal order all the same
	status, _, shown := ask(t, app, "GET", "/api/orders/"+id+"/timeline", "")
	want := `{"order_id":"` + id + `","items":[` +
		`{"id":"e-1","type":"OrderCreated","service":"order","time":"2026-01-02T03:04:05.000678Z","attempts":1,"causation_id":null,"since_previous_ms":null},` +
		`{"id":"e-2","type":"PaymentProcessed","service":"payment","time":"2026-01-02T03:04:06.500678Z","attempts":3,"causation_id":"e-1","since_previous_ms":1500}]}`
	if status != 200 || shown != want {
		t.Errorf("%d %s, want %s", status, shown, want)
	}
}

// An order of somebody else is answered as one that isn't there.
func TestCallersSeeTheirOwnOrdersAlone(t *testing.T) {
	paths := []string{"/api/orders/" + id, "/api/orders/" + id + "/timeline", "/api/orders/" + id + "/events?last_event_id=1"}
	for name, c := range map[string]struct {
		caller httpkit.Caller
		want   int
	}{
		"without authentication": {httpkit.Caller{}, 200},
		"its customer":           {httpkit.Caller{Subject: "customer-1"}, 200},
		"another customer":       {httpkit.Caller{Subject: "customer-2", Scopes: []string{"orders:read"}}, 404},
		"who runs the shop":      {httpkit.Caller{Subject: "admin", Scopes: []string{"orders:read", "ops"}}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			app, s := setup(t)
			s.caller = c.caller
			s.orders = []*domain.Order{domain.Restore(domain.Snapshot{ID: id, CustomerID: "customer-1", Status: domain.Pending})}
			s.write(entry(domain.Pending, "e-1", "OrderCreated", "", 0))
			for _, path := range paths {
				if strings.Contains(path, "/events") {
					go func() {
						<-s.subscribed
						s.cutOff()
					}()
				}
				status, _, answer := ask(t, app, "GET", path, "")
				if status != c.want {
					t.Errorf("%s: %d %s", path, status, answer)
				}
				if status != 404 {
					continue
				}
				if _, _, unknown := ask(t, app, "GET", strings.Replace(path, id, otherID, 1), ""); answer != strings.Replace(unknown, otherID, id, 1) {
					t.Errorf("%s: %s differs from %s", path, answer, unknown)
				}
			}
		})
	}
}

func TestUnknownOrderHasNoTimelineAndNoStream(t *testing.T) {
	app, _ := setup(t)
	for _, path := range []string{"/api/orders/" + id + "/timeline", "/api/orders/no-uuid/timeline", "/api/orders/" + id + "/events"} {
		if status, _, answer := ask(t, app, "GET", path, ""); status != 404 {
			t.Errorf("%s: %d %s", path, status, answer)
		}
	}
}

// prefer asks with a Prefer header and returns what was applied of it.
func prefer(t *testing.T, app *fiber.App, method, path, body, preference string) (status int, applied string) {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Prefer", preference)
	response, err := app.Test(request, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode, response.Header.Get("Preference-Applied")
}

func TestPreferences(t *testing.T) {
	app, s := setup(t)
	s.orders = []*domain.Order{domain.Restore(domain.Snapshot{ID: id, Status: domain.Completed})}
	for preference, want := range map[string]string{
		"wait=5": "wait=5", "wait=30": "wait=30", "wait=31": "wait=30", "wait=99999999999999999999": "wait=30",
		"respond-async, wait=10": "wait=10", `WAIT = "7"`: "wait=7", "wait=3;x=y, wait=9": "wait=3", "wait=007": "wait=7",
		"": "", "wait": "", "wait=": "", "wait=0": "", "wait=-1": "", "wait=1.5": "", "wait=soon": "", "waits=5": "", "x;wait=5": "",
		"wait=0, wait=5": "",
	} {
		if status, applied := prefer(t, app, "GET", "/api/orders/"+id, "", preference); status != 200 || applied != want {
			t.Errorf("%q: %d, applied %q, want %q", preference, status, applied, want)
		}
	}
}

func TestPlacingWaitsForTheEnd(t *testing.T) {
	app, s := setup(t)
	go func() {
		<-s.subscribed
		s.write(entry(domain.Completed, "e-1", "PaymentProcessed", "", 0))
	}()
	status, applied := prefer(t, app, "POST", "/api/orders",
		`{"customer_id":"customer-1","items":[{"product_id":"product-A","quantity":2}],"total_amount":150}`, "wait=30")
	if status != 201 || applied != "wait=30" {
		t.Errorf("%d, applied %q", status, applied)
	}
}

func TestNoMoreThanSomeMayWait(t *testing.T) {
	app, s := setup(t)
	s.orders = []*domain.Order{domain.Restore(domain.Snapshot{ID: id, Status: domain.Pending})}
	get := func() string {
		status, applied := prefer(t, app, "GET", "/api/orders/"+id, "", "wait=30")
		if status != 200 {
			t.Errorf("status %d", status)
		}
		return applied
	}
	waited := make(chan string)
	for range mostWaits {
		go func() { waited <- get() }()
		<-s.subscribed
	}
	if applied := get(); applied != "" {
		t.Errorf("one too many: applied %q", applied)
	}
	s.write(entry(domain.Completed, "e-1", "PaymentProcessed", "", 0))
	for range mostWaits {
		if applied := <-waited; applied != "wait=30" {
			t.Errorf("applied %q", applied)
		}
	}
	s.cutOff()
	go func() { waited <- get() }() // there is room again
	<-s.subscribed
	s.write(entry(domain.Completed, "e-2", "PaymentProcessed", "", 0))
	if applied := <-waited; applied != "wait=30" {
		t.Errorf("afterwards: applied %q", applied)
	}
}

func TestOneCustomerTakesNoMoreThanItsShare(t *testing.T) {
	app, s := setup(t)
	s.orders = []*domain.Order{domain.Restore(domain.Snapshot{ID: id, CustomerID: "customer-1", Status: domain.Pending})}
	s.caller = httpkit.Caller{Subject: "customer-1"}
	ended := make(chan string)
	wait := func() {
		_, applied := prefer(t, app, "GET", "/api/orders/"+id, "", "wait=30")
		ended <- applied
	}
	follow := func() { ended <- stream(t, app, "/api/events") }
	for _, first := range []func(){wait, follow} { // of two places
		go first()
		<-s.subscribed
	}
	if status, applied := prefer(t, app, "GET", "/api/orders/"+id, "", "wait=30"); status != 200 || applied != "" {
		t.Errorf("its second wait: %d, applied %q", status, applied)
	}
	if status, _, answer := ask(t, app, "GET", "/api/events", ""); status != 503 {
		t.Errorf("its second stream: %d %s", status, answer)
	}
	s.caller = httpkit.Caller{Subject: "operator", Scopes: []string{"ops"}}
	for _, others := range []func(){wait, follow} {
		go others()
		<-s.subscribed
	}
	s.cutOff()
	for range 2 * 2 {
		<-ended
	}
}

// An operator may be a shop that waits for all of its customers.
func TestOperatorMayTakeAllPlaces(t *testing.T) {
	app, s := setup(t)
	s.orders = []*domain.Order{domain.Restore(domain.Snapshot{ID: id, CustomerID: "customer-1", Status: domain.Pending})}
	s.caller = httpkit.Caller{Subject: "shop", Scopes: []string{"ops"}}
	ended := make(chan string)
	open := func(do func() string) {
		go func() { ended <- do() }()
		select {
		case <-s.subscribed:
		case answer := <-ended:
			t.Fatalf("there is no place: %s", answer)
		}
	}
	for range mostWaits {
		open(func() string {
			status, applied := prefer(t, app, "GET", "/api/orders/"+id, "", "wait=30")
			return fmt.Sprint(status, applied)
		})
	}
	for range mostStreams {
		open(func() string {
			status, _, answer := ask(t, app, "GET", "/api/events", "")
			return fmt.Sprint(status, answer)
		})
	}
	s.cutOff()
	for range mostWaits + mostStreams {
		<-ended
	}
}

func TestWithoutTheFeedTheOrderIsAnsweredAsItIs(t *testing.T) {
	app, s := setup(t)
	s.down = true
	status, applied := prefer(t, app, "POST", "/api/orders",
		`{"customer_id":"customer-1","items":[{"product_id":"product-A","quantity":2}],"total_amount":150}`, "wait=30")
	if status != 201 || applied != "" {
		t.Errorf("%d, applied %q", status, applied)
	}
}
