package console

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/authkit/authtest"
)

// ask sends a request to the console of a neighbour; headers are pairs.
func ask(t *testing.T, url, method, path, body string, headers ...string) authtest.Answer {
	t.Helper()
	app := authtest.NewApp(t, New(Settings{Authentication: true, URLs: everywhere(url)}).Register)
	request, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+authtest.Token(t, "operator", authkit.Ops, authkit.InventoryWrite))
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
	return authtest.Answer{Status: response.StatusCode, Header: response.Header, Body: string(content)}
}

func TestRequestIsPassedOnWithoutWhatIsNoneOfItsBusiness(t *testing.T) {
	url, asked := neighbour(t, empty)
	a := ask(t, url+"/behind/", "PUT", "/console/inventory/api/products/a%2Fb%20c%3F", `{"available":7}`,
		"Content-Type", "application/json", "X-Operator", "Zo%C3%AB", "X-Correlation-ID", "c-1", "Cookie", "session=1", "X-Forwarded-For", "10.0.0.1")
	if a.Status != http.StatusOK || len(*asked) != 1 {
		t.Fatalf("%d %s, asked %d times", a.Status, a.Body, len(*asked))
	}
	got := (*asked)[0]
	body, _ := io.ReadAll(got.Body) // it is in memory
	if got.Method != "PUT" || got.URL.EscapedPath() != "/behind/api/products/a%2Fb%20c%3F" || string(body) != `{"available":7}` {
		t.Errorf("asked for %s %s with %s", got.Method, got.URL, body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Operator": "Zo%C3%AB", "X-Correlation-Id": "c-1", "Cookie": "", "X-Forwarded-For": "",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if !strings.HasPrefix(got.Header.Get("Authorization"), "Bearer ey") {
		t.Errorf("Authorization is %q", got.Header.Get("Authorization"))
	}
}

func TestQueryIsMadeOfWhatTheCallTakes(t *testing.T) {
	url, asked := neighbour(t, empty)
	if a := ask(t, url, "GET", "/console/payment/api/dead-letters?reason=failed%26x&limit=2", ""); a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if got := (*asked)[0].URL.RequestURI(); got != "/api/dead-letters?limit=2&reason=failed%26x" {
		t.Errorf("asked for %s", got)
	}
	for _, path := range []string{"/console/payment/api/dead-letters?surprise=1", "/console/inventory/api/products/x?limit=1"} {
		if a := ask(t, url, "GET", path, ""); a.Status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
}

func TestNothingElseIsPassedOn(t *testing.T) {
	url, asked := neighbour(t, empty)
	for path, method := range map[string]string{
		"/console/inventory/metrics":                     "GET",
		"/console/inventory/api/products/..":             "GET",
		"/console/inventory/api/products/%2e%2e":         "GET",
		"/console/inventory/api/products/../../metrics":  "GET",
		"/console/inventory/api/products/a/b":            "GET",
		"/console/payment/api/gateway/ledger":            "GET",
		"/console/order/api/orders":                      "GET",
		"/console/http:/elsewhere/api/products":          "GET",
		"/console/inventory/api/products":                "POST",
		"/console/notification/api/dead-letters/x":       "DELETE",
		"/console/notification/api/dead-letters/summary": "POST",
	} {
		if a := ask(t, url, method, path, ""); a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s: %d %s", method, path, a.Status, a.Body)
		}
	}
	if len(*asked) > 0 {
		t.Errorf("asked for %v", (*asked)[0].URL)
	}
}

func TestAnswerIsPassedBack(t *testing.T) {
	url, _ := neighbour(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Retry-After", "7")
		w.Header().Set("Set-Cookie", "session=1")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"status":429}`)) // whoever asks would notice
	})
	a := ask(t, url, "POST", "/console/inventory/api/dead-letters/x/replay", "")
	if a.Status != http.StatusTooManyRequests || a.Body != `{"status":429}` || a.Header.Get("Retry-After") != "7" ||
		a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("%d %s %v", a.Status, a.Body, a.Header)
	}
}

func TestAnswerOfSomethingElseIsNotShown(t *testing.T) {
	elsewhere, asked := neighbour(t, empty)
	for what, answer := range map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<script>alert(1)</script>") },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere+"/api/products", http.StatusFound)
		},
		"too much": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `"%s"`, strings.Repeat("x", maxAnswer))
		},
	} {
		url, _ := neighbour(t, answer)
		a := ask(t, url, "GET", "/console/inventory/api/products", "")
		if a.Status != http.StatusBadGateway || !strings.Contains(a.Body, "The answer of the inventory service") || strings.Contains(a.Body, "script") {
			t.Errorf("%s: %d %.300s", what, a.Status, a.Body)
		}
	}
	if len(*asked) > 0 {
		t.Error("the token went where a service had pointed")
	}
}

func TestServiceThatIsAwayIsUnavailable(t *testing.T) {
	broken, _ := neighbour(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{`)) // the rest never comes
	})
	hungUp, _ := neighbour(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for _, c := range []struct{ url, method, path, why string }{
		{"http://127.0.0.1:1", fiber.MethodGet, "/console/payment/api/payments/o-1", "can't be reached."},
		{"http://127.0.0.1:1", fiber.MethodPost, "/console/payment/api/dead-letters/x/replay", "can't be reached."},
		{broken, fiber.MethodGet, "/console/payment/api/payments/o-1", "broke off its answer."},
		{broken, fiber.MethodPost, "/console/payment/api/dead-letters/x/replay", "broke off its answer; whether it has done what was asked is not known."},
		{hungUp, fiber.MethodPost, "/console/payment/api/dead-letters/x/replay", "broke off its answer; whether it has done what was asked is not known."},
	} {
		a := ask(t, c.url, c.method, c.path, "")
		if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, "The payment service "+c.why) {
			t.Errorf("%s %s: %d %s", c.method, c.url, a.Status, a.Body)
		}
	}
}
