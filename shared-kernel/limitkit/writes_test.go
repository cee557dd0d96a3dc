package limitkit

import (
	"io"
	"log/slog"
	"math"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/shared-kernel/httpkit"
)

// newApp returns an application whose callers are who they say.
func newApp(limiter *Limiter) *fiber.App {
	started := make(chan struct{})
	close(started)
	app := httpkit.NewApp(httpkit.Config{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Started: started})
	Install(app, limiter)
	app.Post("/", func(c *fiber.Ctx) error {
		httpkit.SetCaller(c, httpkit.Caller{Subject: c.Get("Subject")})
		return c.Next()
	}, Writes, func(c *fiber.Ctx) error { return c.SendStatus(201) })
	return app
}

func post(t *testing.T, app *fiber.App, subject string) (status int, header func(string) string, body string) {
	t.Helper()
	request := httptest.NewRequest("POST", "/", nil)
	request.Header.Set("Subject", subject)
	request.Header.Set("X-Forwarded-For", subject) // believed by nobody
	response, err := app.Test(request, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get, string(content)
}

func TestAnswersTellTheLimit(t *testing.T) {
	l, _ := setup(0.5, 2)
	app := newApp(l)
	for i, want := range []struct {
		status           int
		limit, retry, in string
	}{
		{201, `"writes";r=1;t=2`, "", ""},
		{201, `"writes";r=0;t=4`, "", ""},
		{429, `"writes";r=0;t=4`, "2", `"status":429,"detail":"Too many writes; the next one may come in 2 s."`},
	} {
		status, header, body := post(t, app, "c")
		if status != want.status || header("RateLimit") != want.limit || header("Retry-After") != want.retry || !strings.Contains(body, want.in) {
			t.Errorf("request %d: %d, RateLimit %s, Retry-After %q: %s; want %+v", i, status, header("RateLimit"), header("Retry-After"), body, want)
		}
		if got := header("RateLimit-Policy"); got != `"writes";q=2;w=4` {
			t.Errorf("RateLimit-Policy is %s", got)
		}
	}
	if status, _, body := post(t, app, "another"); status != 201 {
		t.Errorf("another caller: %d %s", status, body)
	}
}

func TestAnonymousCallersAreToldApartByAddress(t *testing.T) {
	l, _ := setup(0.5, 1)
	app := newApp(l)
	for i, want := range []int{201, 429} {
		if status, _, body := post(t, app, ""); status != want {
			t.Errorf("request %d: %d %s", i, status, body)
		}
	}
	for text, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::1": "2001:db8:1:2::/64",
	} {
		if got := network(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is of %s, want %s", text, got, want)
		}
	}
}

func TestWithoutALimitNothingIsCounted(t *testing.T) {
	app := newApp(nil)
	for range 100 {
		if status, header, body := post(t, app, "c"); status != 201 || header("RateLimit") != "" {
			t.Fatalf("%d, RateLimit %q: %s", status, header("RateLimit"), body)
		}
	}
}

func TestFaultsOfTheConfiguration(t *testing.T) {
	for _, c := range []Config{{}, {RateLimitWrites: 0.01}, {RateLimitWrites: 1e6, RateLimitBurst: 1e6}} {
		if faults := c.Faults(); len(faults) > 0 {
			t.Errorf("%+v: %q", c, faults)
		}
	}
	for _, rate := range []float64{-1, math.NaN(), math.Inf(1), 1e7} {
		faults := Config{RateLimitWrites: rate, RateLimitBurst: -1}.Faults()
		if len(faults) != 2 || !strings.HasPrefix(faults[0], "RATE_LIMIT_WRITES: ") || !strings.HasPrefix(faults[1], "RATE_LIMIT_BURST: ") {
			t.Errorf("%v: %q", rate, faults)
		}
	}
}
