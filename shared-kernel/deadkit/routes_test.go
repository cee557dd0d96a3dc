package deadkit

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/rabbitkit"
)

// serve serves the keeper, to a caller with a token when subject isn't "".
func serve(keeper *Keeper, subject string) *fiber.App {
	started := make(chan struct{})
	close(started)
	app := httpkit.NewApp(httpkit.Config{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Started: started})
	app.Use(func(c *fiber.Ctx) error {
		httpkit.SetCaller(c, httpkit.Caller{Subject: subject})
		return c.Next()
	})
	NewHandlers(keeper).Register(app)
	return app
}

// ask sends a request; headers are pairs of name and value.
func ask(t *testing.T, app *fiber.App, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := app.Test(r, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

// expect asks for what must be answered with these fields and values among others.
func expect[T comparable](t *testing.T, app *fiber.App, method, path, body string, want map[string]T, headers ...string) map[string]any {
	t.Helper()
	answer, text := ask(t, app, method, path, body, headers...)
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, text)
	}
	for name, value := range want {
		if got[name] != any(value) {
			t.Errorf("%s %s: %s is %v, want %v", method, path, name, got[name], value)
		}
	}
	return got
}

func TestOperatorsSeeAndReplayOverHTTP(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	// What is published has to be confirmed within the request's ten seconds,
	// whatever tests of other packages do to the broker.
	o.Keeper.publish = func(_ context.Context, batch []rabbitkit.Message) []error { return make([]error, len(batch)) }
	other := o.replica(o.database)
	other.publish = o.Keeper.publish
	app := serve(o.Keeper, "")
	o.bury(t, several("failed", 3)...)
	o.bury(t, rabbitkit.Message{Body: []byte("no JSON \xff"), ID: "foreign"})

	expect(t, app, "GET", "/api/dead-letters/summary", "", map[string]float64{"waiting": 4, "seen": 4})
	page := expect[any](t, app, "GET", "/api/dead-letters?limit=3", "", nil)
	items := page["items"].([]any)
	first := items[0].(map[string]any)
	id := first["id"].(string)
	if body, _ := first["body"].(map[string]any); len(items) != 3 || body["subject"] != "failed-0000" || first["body_encoding"] != "json" ||
		first["published_at"] != "2026-01-02T12:00:00Z" || first["truncated"] != false || first["copies"] != 1.0 {
		t.Errorf("%+v", page)
	}
	page = expect[any](t, app, "GET", "/api/dead-letters?limit=3&cursor="+page["next_cursor"].(string), "", map[string]any{"next_cursor": nil})
	last := page["items"].([]any)[0].(map[string]any)
	if last["body"] != "no JSON \uFFFD" || last["body_encoding"] != "binary" || last["published_at"] != nil || last["reason"] != unknown {
		t.Errorf("%+v", last)
	}
	expect(t, app, "GET", "/api/dead-letters/"+id, "", map[string]string{"id": id, "order_id": "failed-0000"})
	expect(t, app, "POST", "/api/dead-letters/"+id+"/replay", "", map[string]string{"action": "replay", "outcome": "done", "letter_id": id, "operator": "Zoë"},
		OperatorHeader, "Zo%C3%AB")
	expect(t, app, "POST", "/api/dead-letters/"+last["id"].(string)+"/discard", "", map[string]string{"operator": anonymous, "outcome": "done"})
	expect(t, app, "POST", "/api/dead-letters/discard", `{"reason":"failed","type":"OrderCreated"}`, map[string]float64{"done": 0, "left": 0})
	expect(t, serve(other, "operator-7"), "POST", "/api/dead-letters/replay", `{"reason":"failed"}`,
		map[string]float64{"done": 2, "failed": 0, "left": 0, "unseen": 0}, OperatorHeader, "somebody else")

	for _, gone := range [][2]string{{"GET", ""}, {"POST", "/replay"}, {"POST", "/discard"}} {
		if answer, text := ask(t, app, gone[0], "/api/dead-letters/"+id+gone[1], ""); answer.StatusCode != http.StatusNotFound || !strings.Contains(text, id) {
			t.Errorf("%v of what waits no more: %d %s", gone, answer.StatusCode, text)
		}
	}

	actions := expect[any](t, app, "GET", "/api/dead-letter-actions", "", map[string]any{"next_cursor": nil})["items"].([]any)
	if newest := actions[0].(map[string]any); len(actions) != 4 || newest["operator"] != "operator-7" || newest["reason"] != "failed" {
		t.Errorf("%+v", actions)
	}
	if one := expect[any](t, app, "GET", "/api/dead-letter-actions?order_id=failed-0000", "", nil)["items"].([]any); len(one) != 1 {
		t.Errorf("%+v", one)
	}
}

func TestBadRequestsAboutDeadLetters(t *testing.T) {
	t.Parallel()
	app := serve(newOfficeWithoutBroker(t).Keeper, "")
	for _, c := range []struct {
		method, path, body string
		status             int
		detail             string
		headers            []string
	}{
		{"GET", "/api/dead-letters?limit=0", "", 400, "Limit", nil},
		{"GET", "/api/dead-letters?cursor=x", "", 400, "Cursor", nil},
		{"DELETE", "/api/dead-letters/no-id", "", 405, "", nil},
		{"POST", "/api/dead-letters/replay", "", 400, "empty", nil},
		{"POST", "/api/dead-letters/discard", "{}", 422, `"field":"reason"`, nil},
		{"POST", "/api/dead-letters/discard", `{"reason":""}`, 422, `"field":"reason"`, nil},
		{"POST", "/api/dead-letters/discard", `{"reason":"failed","type":1}`, 422, `"field":"type"`, nil},
		{"POST", "/api/dead-letters/discard", `{"reason":"failed"}`, 400, OperatorHeader, []string{OperatorHeader, strings.Repeat("x", 129)}},
		{"POST", "/api/dead-letters/no-id/replay", "", 400, OperatorHeader, []string{OperatorHeader, "%00"}},
		{"GET", "/api/dead-letter-actions?order_id=%00", "", 400, "Order_id", nil},
		{"GET", "/api/dead-letter-actions?limit=x", "", 400, "Limit", nil},
	} {
		answer, text := ask(t, app, c.method, c.path, c.body, c.headers...)
		if answer.StatusCode != c.status || !strings.Contains(text, c.detail) {
			t.Errorf("%s %s: %d %s", c.method, c.path, answer.StatusCode, text)
		}
	}
}

func TestDeadLettersAreUnavailableWithoutABroker(t *testing.T) {
	t.Parallel()
	o := newOfficeWithoutBroker(t)
	app := serve(o.Keeper, "")
	for _, c := range [][3]string{
		{"GET", "/api/dead-letters", ""}, {"GET", "/api/dead-letters/summary", ""}, {"GET", "/api/dead-letters/x", ""},
		{"POST", "/api/dead-letters/x/replay", ""}, {"POST", "/api/dead-letters/discard", `{"reason":"failed"}`},
	} {
		answer, text := ask(t, app, c[0], c[1], c[2])
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s: %d %s", c[0], c[1], answer.StatusCode, text)
		}
	}
	o.database.Close()
	if answer, text := ask(t, app, "GET", "/api/dead-letter-actions", ""); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d %s", answer.StatusCode, text)
	}
}
