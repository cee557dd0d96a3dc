package http

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/httpkit"
)

// stream reads a stream to its end.
func stream(t *testing.T, app *fiber.App, path string, headers ...string) string {
	t.Helper()
	request := httptest.NewRequest("GET", path, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := app.Test(request, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s, %v", response.Status, body, err)
	}
	return string(body)
}

func event(position, typ, status, happened string) string {
	return "id: " + position + "\nevent: " + typ + "\ndata: " +
		`{"order_id":"` + id + `","customer_id":"customer-1","status":"` + status + `","event":` + happened + "}\n\n"
}

var (
	created   = entry(domain.Pending, "e-1", "OrderCreated", "", 0)
	confirmed = entry(domain.Completed, "e-2", "OrderConfirmed", "e-1", time.Second)

	createdShown = event("1", "OrderCreated", "PENDING",
		`{"id":"e-1","type":"OrderCreated","service":"payment","time":"2026-01-02T03:04:05.000678Z","attempts":1,"causation_id":null}`)
	confirmedShown = event("2", "OrderConfirmed", "COMPLETED",
		`{"id":"e-2","type":"OrderConfirmed","service":"payment","time":"2026-01-02T03:04:06.000678Z","attempts":1,"causation_id":"e-1"}`)
)

// live writes the entries when somebody has subscribed, and then cuts it off.
func (b *book) live(entries ...application.Entry) {
	go func() {
		<-b.subscribed
		b.write(entries...)
		b.cutOff()
	}()
}

func TestStreamOfAnOrderIsItsHistoryAndThenWhatHappens(t *testing.T) {
	app, s := setup(t)
	s.write(created)
	s.live(confirmed)
	if got, want := stream(t, app, "/api/orders/"+id+"/events"), "retry: 1000\nid: 0\n\n"+createdShown+confirmedShown; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStreamsResume(t *testing.T) {
	for name, c := range map[string]struct {
		path    string
		headers []string
	}{
		"all, by the header":       {"/api/events", []string{"Last-Event-ID", "1"}},
		"all, by the parameter":    {"/api/events?last_event_id=1", nil},
		"the header counts more":   {"/api/events?last_event_id=x", []string{"Last-Event-ID", "1"}},
		"a single order":           {"/api/orders/" + id + "/events", []string{"Last-Event-ID", "1"}},
		"a single order, by query": {"/api/orders/" + id + "/events?last_event_id=1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			app, s := setup(t)
			s.write(created, confirmed)
			s.live()
			if got, want := stream(t, app, c.path, c.headers...), "retry: 1000\nid: 1\n\n"+confirmedShown; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestStreamOfAllBeginsNowAndIsFiltered(t *testing.T) {
	for query, want := range map[string]string{
		"":                                confirmedShown,
		"?status=completed":               confirmedShown,
		"?status=CANCELLED":               "",
		"?customer_id=customer-1":         confirmedShown,
		"?customer_id=x&status=COMPLETED": "",
	} {
		app, s := setup(t)
		s.write(created)
		s.live(confirmed)
		if got, want := stream(t, app, "/api/events"+query), "retry: 1000\nid: 1\n\n"+want; got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

func TestStreamOfAllHasOnlyWhatTheCallerMaySee(t *testing.T) {
	for subject, want := range map[string]string{"customer-1": confirmedShown, "customer-2": ""} {
		for _, query := range []string{"", "?customer_id=customer-1"} {
			app, s := setup(t)
			s.caller = httpkit.Caller{Subject: subject}
			s.write(created)
			s.live(confirmed)
			if got, want := stream(t, app, "/api/events"+query), "retry: 1000\nid: 1\n\n"+want; got != want {
				t.Errorf("%s%s: got %q, want %q", subject, query, got, want)
			}
		}
	}
}

func TestBadStreamRequestsAreRefused(t *testing.T) {
	for query, want := range map[string]int{
		"last_event_id=x": 400, "last_event_id=-1": 400, "last_event_id=1.5": 400, "last_event_id=99999999999999999999": 400,
		"last_event_id=3": 422, // nothing has happened that far
	} {
		for _, path := range []string{"/api/events", "/api/orders/" + id + "/events"} {
			app, s := setup(t)
			s.write(created, confirmed)
			if status, _, answer := ask(t, app, "GET", path+"?"+query, ""); status != want {
				t.Errorf("%s?%s: %d %s", path, query, status, answer)
			}
		}
	}
	app, _ := setup(t)
	for _, query := range []string{"status=DONE", "customer_id=%01"} {
		if status, _, answer := ask(t, app, "GET", "/api/events?"+query, ""); status != 400 {
			t.Errorf("%s: %d %s", query, status, answer)
		}
	}
}

func TestStreamsDontBeginDuringAnOutage(t *testing.T) {
	app, s := setup(t)
	s.down = true
	for range mostStreams + 1 { // and take no place
		for _, path := range []string{"/api/events", "/api/events?last_event_id=0", "/api/orders/" + id + "/events"} {
			if status, _, answer := ask(t, app, "GET", path, ""); status != 503 || answer == "" {
				t.Errorf("%s: %d %s", path, status, answer)
			}
		}
	}
}

func TestSilentStreamGivesSignsOfLife(t *testing.T) {
	const signs = 3
	app, _ := setup(t, func(s *store) {
		s.heartbeat = time.Millisecond
		looks := 0
		s.looked = func() { // once to begin with, and for each sign
			if looks++; looks == 2+signs {
				s.cutOff()
			}
		}
	})
	got := stream(t, app, "/api/events")
	if want := "retry: 1000\nid: 0\n\n" + strings.Repeat(": heartbeat\nid: 0\n\n", signs); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSoManyStreamsAreOpenAtATime(t *testing.T) {
	app, s := setup(t)
	for range 2 { // the places are free again afterwards
		var open sync.WaitGroup
		for range mostStreams {
			open.Go(func() { stream(t, app, "/api/events") })
			<-s.subscribed
		}
		if status, _, answer := ask(t, app, "GET", "/api/events", ""); status != 503 {
			t.Errorf("one more: %d %s", status, answer)
		}
		s.cutOff()
		open.Wait()
	}
}
