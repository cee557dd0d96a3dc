// Package docstest holds a service's OpenAPI document against its routes.
package docstest

import (
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/shared-kernel/docskit"
	"orders.internal/shared-kernel/httpkit"
)

// Routes checks that the document is a valid one and has every route that
// register adds, those that every service has, and no other. Pages, of which it is
// told the beginnings of the paths, are for people and in no document.
func Routes(t *testing.T, text []byte, register func(*fiber.App), pages ...string) {
	t.Helper()
	document, err := docskit.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	undocumented := registered(register)
	for call := range document.Calls() {
		route := call.Method + " " + call.Path
		if !undocumented[route] {
			t.Errorf("the document has %s; there is no such route", route)
		}
		delete(undocumented, route)
	}
	maps.DeleteFunc(undocumented, func(route string, _ bool) bool {
		return slices.ContainsFunc(pages, func(page string) bool { return isPage(route, page) })
	})
	if len(undocumented) > 0 {
		t.Errorf("routes that are not in the document: %v", slices.Sorted(maps.Keys(undocumented)))
	}
}

// isPage reports whether the route has the path, or one below it when it ends with
// a slash.
func isPage(route, path string) bool {
	_, at, _ := strings.Cut(route, " ")
	return at == path || path != "/" && strings.HasSuffix(path, "/") && strings.HasPrefix(at, path)
}

// parameter is one of a path, as Fiber writes it.
var parameter = regexp.MustCompile(`:(\w+)`)

// registered returns the routes in OpenAPI's words. HEAD is part of GET.
func registered(register func(*fiber.App)) map[string]bool {
	app := httpkit.NewApp(httpkit.Config{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	register(app)
	routes := map[string]bool{}
	for _, r := range app.GetRoutes(true) {
		if r.Method != http.MethodHead {
			routes[r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}")] = true
		}
	}
	return routes
}
