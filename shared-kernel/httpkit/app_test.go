package httpkit

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
)

func setup(t *testing.T, checks ...Check) *fiber.App {
	t.Helper()
	started := make(chan struct{})
	close(started)
	return NewApp(Config{
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Checks: checks, Started: started,
	})
}

type answer struct {
	status int
	header func(string) string
	body   string
}

func ask(t *testing.T, app *fiber.App, method, path, body string, headers ...string) answer {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := app.Test(request, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{status: response.StatusCode, header: response.Header.Get, body: string(content)}
}

func (a answer) problem(t *testing.T) problem {
	t.Helper()
	if got := a.header("Content-Type"); got != problemContentType {
		t.Errorf("Content-Type = %q", got)
	}
	var p problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	if p.Status != a.status || p.Title == "" || p.Type == "" || p.Detail == "" {
		t.Errorf("incomplete problem: %s", a.body)
	}
	return p
}

func TestErrorsBecomeProblems(t *testing.T) {
	app := setup(t)
	failures := map[string]error{
		"invalid":     errs.InvalidFields(errs.Field{Name: "customer_id", Detail: "is required"}),
		"missing":     errs.New(errs.NotFound, "there is no order %q", "x"),
		"conflict":    errs.New(errs.Conflict, "the order is complete"),
		"unavailable": errs.Wrap(errs.Unavailable, errors.New("dial tcp 10.0.0.1"), "the database is not available"),
		"internal":    errors.New("secret inside"),
		"late":        context.DeadlineExceeded,
	}
	app.Get("/fail/:kind", func(c *fiber.Ctx) error { return failures[c.Params("kind")] })
	app.Get("/panic", func(*fiber.Ctx) error { panic("secret inside") })

	for path, status := range map[string]int{
		"/fail/invalid": 422, "/fail/missing": 404, "/fail/conflict": 409, "/fail/unavailable": 503,
		"/fail/internal": 500, "/fail/late": 503, "/panic": 500, "/nowhere": 404,
	} {
		a := ask(t, app, "GET", path, "")
		a.problem(t)
		if a.status != status {
			t.Errorf("%s: status %d, want %d", path, a.status, status)
		}
		if strings.Contains(a.body, "secret") || strings.Contains(a.body, "10.0.0.1") {
			t.Errorf("%s tells of the inside: %s", path, a.body)
		}
		if cached := a.header("Cache-Control"); cached != "no-store" {
			t.Errorf("%s: Cache-Control = %q", path, cached)
		}
		if (a.header("Retry-After") != "") != (status == 503) {
			t.Errorf("%s: Retry-After = %q", path, a.header("Retry-After"))
		}
	}
	if p := ask(t, app, "GET", "/fail/invalid", "").problem(t); len(p.Errors) != 1 || p.Errors[0].Field != "customer_id" {
		t.Errorf("errors = %v", p.Errors)
	}
}

// A request that fails because something is away is told of once a second, one that
// fails by a defect always.
func TestOutagesDoNotFillTheLog(t *testing.T) {
	var lines strings.Builder
	started := make(chan struct{})
	close(started)
	app := NewApp(Config{Log: slog.New(slog.NewTextHandler(&lines, nil)), Metrics: prometheus.NewRegistry(), Started: started})
	outage := errs.Wrap(errs.Unavailable, errors.New("dial tcp 10.0.0.1"), "the database is not available")
	app.Get("/outage", func(*fiber.Ctx) error { return outage })
	app.Get("/defect", func(*fiber.Ctx) error { return errors.New("a defect") })
	const requests = 300 // in much less than as many seconds
	for range requests {
		ask(t, app, "GET", "/outage", "")
		ask(t, app, "GET", "/defect", "")
	}
	if n := strings.Count(lines.String(), "10.0.0.1"); n < 1 || n > requests/2 {
		t.Errorf("%d lines tell of the outage", n)
	}
	if n := strings.Count(lines.String(), "a defect"); n != requests {
		t.Errorf("%d lines tell of the defect", n)
	}
}

func TestWrongMethodNamesTheRightOnes(t *testing.T) {
	app := setup(t)
	app.Get("/thing", func(c *fiber.Ctx) error { return c.SendString("ok") })
	a := ask(t, app, "DELETE", "/thing", "")
	a.problem(t)
	if a.status != 405 || !strings.Contains(a.header("Allow"), "GET") {
		t.Errorf("status %d, Allow %q", a.status, a.header("Allow"))
	}
}

func TestBodyAboveOneMebibyteIsTooLarge(t *testing.T) {
	app := setup(t)
	app.Post("/thing", func(c *fiber.Ctx) error { return c.SendString("ok") })
	for size, status := range map[int]int{maxBody: 200, maxBody + 1: 413, 5 << 20: 413} {
		if a := ask(t, app, "POST", "/thing", strings.Repeat("x", size)); a.status != status {
			t.Errorf("%d bytes: status %d, want %d", size, a.status, status)
		}
	}
}

func TestCorrelationIsTakenOrMadeAndEchoed(t *testing.T) {
	app := setup(t)
	var seen event.Origin
	app.Get("/", func(c *fiber.Ctx) error {
		seen = event.OriginOf(c.UserContext())
		return nil
	})
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

	a := ask(t, app, "GET", "/", "", CorrelationHeader, "abc", "traceparent", parent, "tracestate", "k=v")
	if want := (event.Origin{CorrelationID: "abc", Traceparent: parent, Tracestate: "k=v"}); seen != want {
		t.Errorf("origin = %+v, want %+v", seen, want)
	}
	if a.header(CorrelationHeader) != "abc" {
		t.Errorf("echoed %q", a.header(CorrelationHeader))
	}

	a = ask(t, app, "GET", "/", "", CorrelationHeader, strings.Repeat("x", 200), "traceparent", "nonsense", "tracestate", "k=v")
	if len(seen.CorrelationID) != 36 || seen.Traceparent != "" || seen.Tracestate != "" {
		t.Errorf("origin = %+v", seen)
	}
	if a.header(CorrelationHeader) != seen.CorrelationID {
		t.Errorf("echoed %q, made %q", a.header(CorrelationHeader), seen.CorrelationID)
	}
	if a = ask(t, app, "GET", "/nowhere", ""); a.header(CorrelationHeader) == "" {
		t.Error("an error has no correlation")
	}
}

func TestTraceThatIsNotPrintableIsLeftOut(t *testing.T) {
	app := setup(t)
	var seen event.Origin
	app.Get("/", func(c *fiber.Ctx) error {
		seen = event.OriginOf(c.UserContext())
		return nil
	})
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for name, c := range map[string]struct{ parent, state, wantParent, wantState string }{
		"both are printable":     {parent + "-more", "k=v, l=~", parent + "-more", "k=v, l=~"},
		"longest":                {parent, strings.Repeat("x", 512), parent, strings.Repeat("x", 512)},
		"state is too long":      {parent, strings.Repeat("x", 513), parent, ""},
		"state is not UTF-8":     {parent, "k=\xff", parent, ""},
		"state is not ASCII":     {parent, "k=é", parent, ""},
		"state has a tab":        {parent, "k=\tv", parent, ""},
		"parent is not UTF-8":    {parent + "-\xff", "k=v", "", ""},
		"parent is not ASCII":    {parent + "-é", "k=v", "", ""},
		"parent has a blank":     {parent + "-a b", "k=v", "", ""},
		"state without a parent": {"", "k=v", "", ""},
	} {
		ask(t, app, "GET", "/", "", "traceparent", c.parent, "tracestate", c.state)
		if seen.Traceparent != c.wantParent || seen.Tracestate != c.wantState {
			t.Errorf("%s: origin = %+v", name, seen)
		}
	}
}

func TestNothingIsServedBeforeTheStartButHealth(t *testing.T) {
	app := NewApp(Config{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Started: make(chan struct{})})
	app.Get("/thing", func(c *fiber.Ctx) error { return c.SendString("ok") })
	for path, status := range map[string]int{"/thing": 503, "/healthz": 200, "/readyz": 200, "/metrics": 200} {
		if a := ask(t, app, "GET", path, ""); a.status != status {
			t.Errorf("%s: status %d, want %d", path, a.status, status)
		}
	}
}

func TestReadiness(t *testing.T) {
	down := func(context.Context) error {
		return errs.Wrap(errs.Unavailable, errors.New("dial 10.0.0.1"), "the broker is not available")
	}
	up := func(context.Context) error { return nil }
	plain := func(context.Context) error { return errors.New("dial 10.0.0.1") }
	for name, c := range map[string]struct {
		checks []Check
		status int
		want   string
	}{
		"all work":               {[]Check{{Name: "a", Probe: up}}, 200, `"ready"`},
		"an optional one is out": {[]Check{{Name: "a", Probe: up}, {Name: "b", Optional: true, Probe: down}}, 200, `"degraded"`},
		"a required one is out":  {[]Check{{Name: "a", Probe: down}, {Name: "b", Optional: true, Probe: down}}, 503, `"unavailable"`},
		"with a plain error":     {[]Check{{Name: "a", Probe: plain}}, 503, `is not available. Try again later."`},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, setup(t, c.checks...), "GET", "/readyz", "")
			if a.status != c.status || !strings.Contains(a.body, c.want) {
				t.Errorf("%d %s", a.status, a.body)
			}
			if strings.Contains(a.body, "10.0.0.1") {
				t.Errorf("tells of the inside: %s", a.body)
			}
		})
	}
}

func TestDurationsAreMeasuredByRoute(t *testing.T) {
	app := setup(t)
	app.Get("/orders/:id", func(c *fiber.Ctx) error { return errs.New(errs.NotFound, "none") })
	ask(t, app, "GET", "/orders/1", "")
	ask(t, app, "GET", "/orders/2", "")
	ask(t, app, "GET", "/elsewhere", "")
	metrics := ask(t, app, "GET", "/metrics", "").body
	for _, line := range []string{
		`http_request_duration_seconds_count{method="GET",route="/orders/:id",status="404"} 2`,
		`http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("no line %s in\n%s", line, metrics)
		}
	}
}

func TestPagesOfOtherSitesChangeNothing(t *testing.T) {
	app := setup(t)
	app.All("/act", func(c *fiber.Ctx) error { return c.SendStatus(204) })
	for name, c := range map[string]struct {
		method, site, token string
		status              int
	}{
		"another site's form":        {"POST", "cross-site", "", 403},
		"another site's deletion":    {"DELETE", "cross-site", "", 403},
		"another site, with a token": {"POST", "cross-site", "Bearer x", 204},
		"another site's link":        {"GET", "cross-site", "", 204},
		"our own page":               {"POST", "same-origin", "", 204},
		"a page of the same site":    {"POST", "same-site", "", 204},
		"no browser":                 {"POST", "", "", 204},
	} {
		r := httptest.NewRequest(c.method, "/act", nil)
		r.Header.Set("Sec-Fetch-Site", c.site)
		r.Header.Set("Authorization", c.token)
		answer, err := app.Test(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", name, answer.StatusCode, c.status)
		}
	}
}
