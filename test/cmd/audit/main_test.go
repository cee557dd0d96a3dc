package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"orders.internal/test/audit"
)

const lostOrder = `{"id":"order-1","customer_id":"c","items":[{"product_id":"p","quantity":1}],"total_amount":9.90,
	"status":"PENDING","cancellation_reason":null,"refunded_at":null,"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"}`

// serve answers as all four services, with these orders and nothing else.
func serve(t *testing.T, orders ...string) (flags []string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/orders":
			fmt.Fprintf(w, `{"items":[%s],"next_cursor":null}`, strings.Join(orders, ","))
		case "/api/orders/order-1":
			fmt.Fprint(w, orders[0])
		case "/api/payments/order-1":
			http.NotFound(w, r)
		default:
			fmt.Fprint(w, `{"items":[],"next_cursor":null}`)
		}
	}))
	t.Cleanup(server.Close)
	return []string{"--order", server.URL + "/", "--inventory", server.URL, "--payment", server.URL, "--notification", server.URL}
}

func noEnvironment(string) string { return "" }

func TestExitCodeTellsHowItIs(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	clean, differs := serve(t), serve(t, lostOrder)
	nobody := "amqp://" + strings.TrimPrefix(gone.URL, "http://")
	for name, c := range map[string]struct {
		args           []string
		code           int
		stdout, stderr string // a part of it
	}{
		"all agree":              {clean, exitClean, "all agree: 0 orders, 0 products\n", "reading"},
		"all agree, repair":      {append(clean, "--repair", "--amqp", nobody), exitClean, "all agree", ""},
		"one differs":            {differs, exitDiffers, "OrderCreated was lost: --repair publishes it again", ""},
		"younger than the grace": {append(differs, "--grace", "1000000h"), exitClean, "all agree: 1 orders", ""},
		"no broker to repair":    {append(differs, "--repair"), exitFailed, "", "--repair needs the broker"},
		"broker doesn't answer":  {append(differs, "--repair", "--amqp", nobody), exitFailed, "OrderCreated was lost", "reach the broker"},
		"service is away":        {append(clean, "--payment", gone.URL), exitFailed, "", "connection refused"},
		"help":                   {[]string{"--help"}, exitClean, "", "usage: audit"},
		"unknown flag":           {[]string{"--fix"}, exitFailed, "", "usage: audit"},
		"unknown argument":       {append(clean, "order-1"), exitFailed, "", "usage: audit"},
		"negative grace":         {append(clean, "--grace", "-1s"), exitFailed, "", "usage: audit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), slices.Clone(c.args), noEnvironment, &stdout, &stderr)
			if code != c.code || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, &stdout, &stderr)
			}
		})
	}
}

func TestTableShowsEachFindingWithItsRemedy(t *testing.T) {
	t.Parallel()
	result := outcome{
		Report: audit.Report{Orders: 2, Products: 1, Findings: []audit.Finding{
			{OrderID: "order-1", Problem: "problem 1", LostEvent: "OrderCreated"},
			{OrderID: "order-2", Problem: "problem 2", LostEvent: "OrderCreated"},
			{ProductID: "p", Problem: "problem 3", Advice: "look"},
		}},
		Repaired: []audit.Repaired{{OrderID: "order-1", Event: "OrderCreated", EventID: "event-1"}},
	}
	var got bytes.Buffer
	if err := result.writeTable(&got); err != nil {
		t.Fatal(err)
	}
	want := `ORDER      SINCE                 WHAT IS WRONG, AND WHAT TO DO
order-1    0001-01-01T00:00:00Z  problem 1
                                 -> repaired: published OrderCreated again as event-1
order-2    0001-01-01T00:00:00Z  problem 2
                                 -> OrderCreated was lost: --repair publishes it again
product p  0001-01-01T00:00:00Z  problem 3
                                 -> look

3 differences in 2 orders and 1 products; 1 events published again
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &got, want)
	}
}

func TestJSONIsForPrograms(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	run(t.Context(), append(serve(t, lostOrder), "--json"), noEnvironment, &stdout, &stderr)
	var got struct {
		Orders   int
		Findings []map[string]string
		Repaired []map[string]string
	}
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, &stdout)
	}
	want := map[string]string{
		"order_id": "order-1", "problem": "PENDING, and nothing is reserved",
		"since": "2026-01-02T03:04:05Z", "lost_event": "OrderCreated",
	}
	if got.Orders != 1 || len(got.Findings) != 1 || fmt.Sprint(got.Findings[0]) != fmt.Sprint(want) {
		t.Errorf("%+v", got)
	}
}
