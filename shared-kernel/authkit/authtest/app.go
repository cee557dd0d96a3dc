package authtest

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/limitkit"
)

// NewApp returns an application with a service's routes, to be called with
// tokens of this package.
func NewApp(t *testing.T, register func(*fiber.App)) *fiber.App {
	t.Helper()
	return newApp(t, Verifier(t), limitkit.Config{}, register)
}

// newApp returns an application with a service's routes.
func newApp(t *testing.T, verifier *authkit.Verifier, limit limitkit.Config, register func(*fiber.App)) *fiber.App {
	t.Helper()
	started := make(chan struct{})
	close(started)
	app := httpkit.NewApp(httpkit.Config{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Started: started})
	limitkit.Install(app, limitkit.NewLimiter(limit, clock))
	if err := authkit.Protect(app, verifier, register); err != nil {
		t.Fatal(err)
	}
	return app
}

// Answer is an HTTP answer, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Ask sends one request; token may be empty.
func Ask(t *testing.T, app *fiber.App, method, path, body, token string) Answer {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		request.Header.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	}
	if token != "" {
		request.Header.Set(fiber.HeaderAuthorization, "Bearer "+token)
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
	return Answer{Status: response.StatusCode, Header: response.Header, Body: string(content)}
}
