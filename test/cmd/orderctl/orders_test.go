package main

import (
	"slices"
	"strings"
	"testing"
)

const orderTable = `ORDER    CUSTOMER    TOTAL   STATUS     PLACED               ITEMS
order-1  customer-1  150.00  COMPLETED  2026-01-02 03:04:05  product-A=2 product-B=1
`

func TestPlace(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("POST /api/orders", "201 "+orderJSON("COMPLETED", ""))
	s.run(t, "place", "product-A=2", "a=b=1", "product-B", "--customer", "customer-1", "--total", "150",
		"--payment-method", "sim_success", "--idempotency-key", "key-1", "--token", "secret").expect(t, 0, orderTable, "")
	got := s.last(t)
	want := `{"customer_id":"customer-1","items":[{"product_id":"product-A","quantity":2},{"product_id":"a=b","quantity":1},` +
		`{"product_id":"product-B","quantity":1}],"total_amount":150.00,"payment_method":"sim_success"}`
	if got.body != want {
		t.Errorf("sent %s\nwant %s", got.body, want)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Idempotency-Key": "key-1", "Authorization": "Bearer secret", "Prefer": "",
	} {
		if got.header.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, got.header.Get(name), value)
		}
	}
	s.run(t, "place", "product-A", "--customer", "c", "--total", "1", "--json").expect(t, 0, orderJSON("COMPLETED", "")+"\n", "")
	if got := s.last(t); strings.Contains(got.body, "payment_method") || got.header.Get("Authorization") != "" {
		t.Errorf("sent %s %v", got.body, got.header)
	}
}

func TestRefusalIsShownWithEveryField(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("POST /api/orders", `422 {"title":"Unprocessable Entity","status":422,"detail":"The input is not valid.",`+
		`"errors":[{"field":"items[0].quantity","detail":"must be at least 1"},{"field":"total_amount","detail":"must be more than 0"}]}`,
		`503 {"title":"Service Unavailable","status":503,"detail":"The database is not available."}`, "500 a proxy's page")
	place := []string{"place", "product-A=0", "--customer", "c", "--total", "0"}
	s.run(t, place...).expect(t, 1, "", "orderctl: POST /api/orders of order: 422 Unprocessable Entity: The input is not valid.\n"+
		"  items[0].quantity: must be at least 1\n  total_amount: must be more than 0\n")
	s.run(t, place...).expect(t, 3, "", "503 Service Unavailable: The database is not available.\n")
	s.run(t, place...).expect(t, 1, "", "500 Internal Server Error: a proxy's page\n")
}

func TestWaitAsksUntilTheOrderHasEnded(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{{"place", "product-A=2", "--customer", "c", "--total", "1"}, {"get", "order-1"}} {
		s := newShop(t)
		s.answer("POST /api/orders", "201 "+orderJSON("PENDING", ""))
		s.answer("GET /api/orders/order-1", orderJSON("PENDING", ""), orderJSON("PENDING", ""), orderJSON("COMPLETED", ""))
		s.run(t, append(command, "--wait")...).expect(t, 0, orderTable, "")
		for _, a := range s.asked {
			if a.header.Get("Prefer") != "wait=30" {
				t.Errorf("%s: Prefer: %q", a.call, a.header.Get("Prefer"))
			}
		}
	}
}

// A service that waits itself is asked once.
func TestWaitLetsTheServiceWait(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("POST /api/orders", "201 "+orderJSON("COMPLETED", ""))
	s.run(t, "place", "product-A=2", "--customer", "c", "--total", "1", "--wait=1500ms").expect(t, 0, orderTable, "")
	if got := s.last(t); len(s.asked) != 1 || got.header.Get("Prefer") != "wait=2" {
		t.Errorf("%v, Prefer: %s", s.calls(), got.header.Get("Prefer"))
	}
}

func TestWaitEndsWith1UnlessCompleted(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("GET /api/orders/short", orderJSON("CANCELLED", "INVENTORY_UNAVAILABLE"))
	s.answer("GET /api/orders/order-1", orderJSON("PENDING", ""))
	s.run(t, "get", "short", "--wait").expect(t, 1, `ORDER    CUSTOMER    TOTAL   STATUS                             PLACED               ITEMS
order-1  customer-1  150.00  CANCELLED (INVENTORY_UNAVAILABLE)  2026-01-02 03:04:05  product-A=2 product-B=1
`, "order order-1 is CANCELLED (INVENTORY_UNAVAILABLE)")
	s.run(t, "get", "short", "--json").expect(t, 0, orderJSON("CANCELLED", "INVENTORY_UNAVAILABLE")+"\n", "")
	s.run(t, "get", "order-1", "--wait=20ms", "--json").expect(t, 1, orderJSON("PENDING", "")+"\n", "order order-1 is PENDING")
}

func TestUnknownOrderIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("/", missing)
	for _, args := range [][]string{{"get", "a/b"}, {"get", "x", "--wait"}, {"cancel", "x"}, {"watch", "x"}, {"stock", "get", "x"}} {
		s.run(t, args...).expect(t, 1, "", "404 Not Found: There is no such thing.")
	}
	if got := s.calls()[0]; got != "GET /api/orders/a%2Fb" {
		t.Errorf("asked %s", got)
	}
}

func TestListReadsAsManyPagesAsItTakes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	one := orderJSON("COMPLETED", "")
	s.answer("GET /api/orders", `{"items":[`+one+`],"next_cursor":"c1"}`, `{"items":[`+one+`],"next_cursor":"c2"}`, `{"items":[],"next_cursor":null}`)
	s.run(t, "list", "--status", "completed", "--customer", "customer-1", "--limit", "2").
		expect(t, 0, orderTable+strings.SplitAfter(orderTable, "\n")[1], "")
	want := []string{
		"GET /api/orders?customer_id=customer-1&limit=2&status=COMPLETED", "GET /api/orders?cursor=c1&customer_id=customer-1&limit=1&status=COMPLETED",
	}
	if !slices.Equal(s.calls(), want) {
		t.Errorf("asked %q", s.calls())
	}
	s.run(t, "list", "--json", "--limit=0", "--cursor=c2", "--reason", "timeout", "--from", "2026-01-02T00:00:00Z", "--before", "x").
		expect(t, 0, `{"items":[],"next_cursor":null}`+"\n", "")
	everything := "GET /api/orders?cancellation_reason=TIMEOUT&created_before=x&created_from=2026-01-02T00%3A00%3A00Z&cursor=c2&limit=200"
	if got := s.last(t); got.call != everything {
		t.Errorf("asked %s", got.call)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("POST /api/orders/order-1/cancel", orderJSON("CANCELLED", "CUSTOMER_REQUEST"),
		`409 {"title":"Conflict","detail":"The order is COMPLETED."}`)
	s.run(t, "cancel", "order-1", "--json").expect(t, 0, orderJSON("CANCELLED", "CUSTOMER_REQUEST")+"\n", "")
	s.run(t, "cancel", "order-1").expect(t, 1, "", "409 Conflict: The order is COMPLETED.")
}

func TestStock(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	a := `{"product_id":"product-A","available":7,"reserved":2,"sold":1,"updated_at":"2026-01-02T03:04:05Z"}`
	evil := `{"product_id":"\u001b[2Jx","available":0,"reserved":0,"sold":0,"updated_at":null}`
	s.answer("GET /api/products", `{"items":[`+a+`,`+evil+`],"next_cursor":null}`)
	s.answer("GET /api/products/product-A", a)
	s.answer("PUT /api/products/product-A", a)
	const header, row = "PRODUCT    AVAILABLE  RESERVED  SOLD  UPDATED\n", "product-A  7          2         1     2026-01-02 03:04:05\n"
	s.run(t, "stock", "list").expect(t, 0, header+row+"\uFFFD[2Jx      0          0         0     -\n", "")
	s.run(t, "stock", "get", "product-A").expect(t, 0, header+row, "")
	s.run(t, "stock", "set", "product-A", "7").expect(t, 0, header+row, "")
	if got := s.last(t); got.body != `{"available":7}` {
		t.Errorf("sent %s", got.body)
	}
	s.run(t, "stock", "get", "product-A", "--json").expect(t, 0, a+"\n", "")
	s.run(t, "stock", "list", "--json").expect(t, 0, `{"items":[`+a+`,`+evil+`],"next_cursor":null}`+"\n", "")
}

func TestWrongUsageEndsWith2(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	place := []string{"place", "--customer", "c", "--total"}
	for _, c := range []struct {
		args   []string
		stderr string
	}{
		{[]string{"eat"}, `unknown command "eat"`},
		{[]string{"get"}, "accepts 1 arg(s), received 0"},
		{[]string{"get", "x", "--fast"}, "unknown flag: --fast"},
		{[]string{"get", "x", "--wait=soon"}, "invalid argument"},
		{[]string{"place", "product-A"}, `required flag(s) "customer", "total" not set`},
		{append(place, "1.001", "product-A"), `--total "1.001"`},
		{append(place, "1", "product-A=many"), `"product-A=many": the quantity must be a whole number`},
		{append(place, "1"), "requires at least 1 arg(s)"},
		{[]string{"stock", "set", "product-A", "many"}, `"many": must be a whole number`},
		{[]string{"dead", "list", "--service", "shipping"}, `--service "shipping": must be one of order, inventory, payment, notification`},
		{[]string{"dead", "replay"}, "give the ids of messages, or --reason for a group"},
		{[]string{"dead", "replay", "id", "--reason", "failed"}, "give either ids or a group"},
		{[]string{"dead", "discard", "--reason", "failed"}, "only with --yes"},
		{[]string{"get", "x", "--order-url", "http://a b"}, "address of the order service"},
	} {
		s.run(t, c.args...).expect(t, 2, "", c.stderr)
	}
	s.runIn(t, map[string]string{"ORDER_PORT": "many"}, "get", "x").expect(t, 2, "", "ORDER_PORT")
	if len(s.asked) > 0 {
		t.Errorf("asked %v", s.calls())
	}
}

func TestServiceThatIsAwayEndsWith3(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("GET /api/dead-letters", `{"items":[],"next_cursor":null}`)
	s.answer("GET /api/dead-letters/x", missing)
	for _, args := range [][]string{
		{"get", "x"}, {"get", "x", "--wait"}, {"list"}, {"watch", "x"}, {"stock", "list"}, {"dead", "list"}, {"dead", "show", "x"},
	} {
		gone := []string{"--order-url", "http://127.0.0.1:1", "--inventory-url", "http://127.0.0.1:1/"}
		got := s.run(t, append(args, gone...)...)
		if got.code != 3 || !strings.Contains(got.stderr, "connection refused") {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

func TestHelpTellsTheExitCodesAndNoSecret(t *testing.T) {
	t.Parallel()
	got := newShop(t).runIn(t, map[string]string{"ORDERCTL_TOKEN": "hunter2"}, "--help")
	for _, part := range []string{"Exit codes:", "3  a service can't be reached", "--payment-url", "completion"} {
		if !strings.Contains(got.stdout, part) {
			t.Errorf("%q is not in the help:\n%s", part, got.stdout)
		}
	}
	if got.code != 0 || strings.Contains(got.stdout, "hunter2") {
		t.Errorf("%+v", got)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("GET /api/products", `{"items":[{"product_id":"product-A"},{"product_id":"product-B"},{"product_id":"x"}],"next_cursor":null}`)
	s.answer("GET /api/orders", `{"items":[`+orderJSON("PENDING", "")+`],"next_cursor":null}`)
	for line, want := range map[string]string{
		"place product-A=1 p":     "product-A\nproduct-B\n:6\n",
		"stock set product-A ":    ":4\n",
		"stock get ":              "product-A\nproduct-B\nx\n:4\n",
		"cancel ":                 "order-1\tPENDING, product-A=2 product-B=1\n:36\n",
		"list --status C":         "PENDING\nCOMPLETED\nCANCELLED\n:4\n", // the shell picks
		"dead list --service pay": "order\ninventory\npayment\nnotification\n:4\n",
	} {
		got := s.run(t, append([]string{"__complete"}, strings.Split(line, " ")...)...)
		if got.code != 0 || got.stdout != want {
			t.Errorf("%q: %d %q, want %q", line, got.code, got.stdout, want)
		}
	}
	gone := s.runIn(t, map[string]string{"INVENTORY_URL": "http://127.0.0.1:1"}, "__complete", "stock", "get", "")
	if gone.code != 0 || gone.stdout != ":4\n" {
		t.Errorf("without a service: %+v", gone)
	}
	if script := s.run(t, "completion", "bash"); script.code != 0 || !strings.Contains(script.stdout, "orderctl") {
		t.Errorf("%d, %d bytes", script.code, len(script.stdout))
	}
}
