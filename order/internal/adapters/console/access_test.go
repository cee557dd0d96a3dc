package console

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/authkit/authtest"
	"orders.internal/shared-kernel/contracts"
)

// neighbour is another service, which keeps what it was asked.
func neighbour(t *testing.T, answer http.HandlerFunc) (url string, asked *[]*http.Request) {
	t.Helper()
	asked = &[]*http.Request{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a part of it fails the test as well
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		*asked = append(*asked, r)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func empty(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{}`)) // whoever asks would notice
}

// everywhere is where all other services are.
func everywhere(url string) map[string]string {
	return map[string]string{contracts.ServiceInventory: url, contracts.ServicePayment: url, contracts.ServiceNotification: url}
}

func TestWhoMayCallWhat(t *testing.T) {
	url, _ := neighbour(t, empty)
	read := []string{authkit.OrdersRead, authkit.Ops}
	readStock := append([]string{authkit.InventoryWrite}, read...)
	table := []authtest.Route{
		{Method: "GET", Path: "/console/settings", Status: 200},
		{Method: "GET", Path: "/console/inventory/api/products", Status: 200, Scopes: readStock},
		{Method: "GET", Path: "/console/inventory/api/products/:id", Status: 200, Scopes: readStock},
		{Method: "PUT", Path: "/console/inventory/api/products/:id", Status: 200, Scopes: []string{authkit.InventoryWrite}},
		{Method: "GET", Path: "/console/inventory/api/reservations", Status: 200, Scopes: []string{authkit.Ops}},
		{Method: "GET", Path: "/console/payment/api/payments/:id", Status: 200, Scopes: read},
		{Method: "GET", Path: "/console/notification/api/notifications", Status: 200, Scopes: read},
	}
	for path := range pages() {
		table = append(table, authtest.Route{Method: "GET", Path: path, Status: 200})
	}
	for _, service := range []string{contracts.ServiceInventory, contracts.ServicePayment, contracts.ServiceNotification} {
		for path, method := range map[string]string{
			"/api/dead-letters": "GET", "/api/dead-letters/summary": "GET", "/api/dead-letters/:id": "GET", "/api/dead-letter-actions": "GET",
			"/api/dead-letters/replay": "POST", "/api/dead-letters/discard": "POST",
			"/api/dead-letters/:id/replay": "POST", "/api/dead-letters/:id/discard": "POST",
		} {
			table = append(table, authtest.Route{Method: method, Path: "/console/" + service + path, Status: 200, Scopes: []string{authkit.Ops}})
		}
	}
	for i, r := range table {
		table[i].Example = strings.ReplaceAll(r.Path, ":id", "x")
	}
	authtest.Run(t, New(Settings{URLs: everywhere(url)}).Register, table)
}

func TestCallOfAServiceThatIsNotConfiguredIsNotThere(t *testing.T) {
	app := authtest.NewApp(t, New(Settings{Authentication: true, URLs: map[string]string{contracts.ServicePayment: "http://payment"}}).Register)
	operator := authtest.Token(t, "operator", authkit.Ops)
	for path, want := range map[string]string{
		"/console/inventory/api/products": "404",
		"/console/settings":               `{"authentication":true,"services":["order","payment"]}`,
	} {
		a := authtest.Ask(t, app, fiber.MethodGet, path, "", operator)
		if !strings.Contains(a.Body, want) {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
}
