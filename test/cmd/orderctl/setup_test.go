package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"orders.internal/test/addresses"
)

// shop answers as all four services do, and keeps what it was asked.
type shop struct {
	*http.ServeMux
	url string

	mu    sync.Mutex
	asked []asked
}

type asked struct {
	call   string // "GET /path?query"
	header http.Header
	body   string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{ServeMux: http.NewServeMux()}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, asked{r.Method + " " + r.URL.RequestURI(), r.Header, string(body)})
	s.mu.Unlock()
	s.ServeMux.ServeHTTP(w, r)
}

// answer has the pattern answered with one body after the other, the last one
// again and again. Each may begin with a status.
func (s *shop) answer(pattern string, bodies ...string) {
	next := 0
	s.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		body := bodies[min(next, len(bodies)-1)]
		next++
		s.mu.Unlock()
		status := http.StatusOK
		if n, err := fmt.Sscanf(body, "%d ", &status); err == nil && n == 1 {
			body = body[4:]
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
}

func (s *shop) last(t *testing.T) asked {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) == 0 {
		t.Fatal("nothing was asked")
	}
	return s.asked[len(s.asked)-1]
}

func (s *shop) calls() (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asked {
		calls = append(calls, a.call)
	}
	return calls
}

// result is what a run of the command came to.
type result struct {
	code           int
	stdout, stderr string
}

// run runs orderctl against the shop; no pause takes time.
func (s *shop) run(t *testing.T, args ...string) result {
	t.Helper()
	return s.runIn(t, map[string]string{"USER": "ada"}, args...)
}

func (s *shop) runIn(t *testing.T, environment map[string]string, args ...string) result {
	t.Helper()
	for _, service := range []string{"ORDER", "INVENTORY", "PAYMENT", "NOTIFICATION"} {
		if environment[service+"_URL"] == "" {
			environment[service+"_URL"] = s.url
		}
	}
	getenv := func(name string) string { return environment[name] }
	var stdout, stderr bytes.Buffer
	c := &ctl{
		where: addresses.FromEnvironment(getenv), getenv: getenv, client: &http.Client{}, out: &stdout, errs: &stderr,
		pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, silence: time.Millisecond,
	}
	code := c.run(t.Context(), args)
	return result{code, stdout.String(), stderr.String()}
}

// expect fails the test unless the run came to this; stderr is a part of it.
func (r result) expect(t *testing.T, code int, stdout, stderr string) {
	t.Helper()
	if r.code != code || r.stdout != stdout || !strings.Contains(r.stderr, stderr) || (stderr == "") != (r.stderr == "") {
		t.Errorf("exit code %d, want %d\nstdout:\n%s\nwant:\n%s\nstderr:\n%s\nwant a part of it to be:\n%s", r.code, code, r.stdout, stdout, r.stderr, stderr)
	}
}

// orderJSON is an order as the service answers it.
func orderJSON(status, reason string) string {
	o := map[string]any{
		"id": "order-1", "customer_id": "customer-1", "items": []line{{"product-A", 2}, {"product-B", 1}},
		"total_amount": json.Number("150.00"), "status": status, "cancellation_reason": nil, "refunded_at": nil,
		"created_at": "2026-01-02T03:04:05.678Z", "updated_at": "2026-01-02T03:04:06Z", "of_a_later_version": true,
	}
	if reason != "" {
		o["cancellation_reason"] = reason
	}
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // no such value is in it
	}
	return string(text)
}

const missing = `404 {"type":"about:blank","title":"Not Found","status":404,"detail":"There is no such thing."}`
