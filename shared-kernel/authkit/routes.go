package authkit

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Protect adds a service's routes to app; their guards ask the verifier, or
// nobody when it is nil. Its error names the routes that don't say who may call
// them, by Require or Open as their first handler: what is forgotten is found at
// the start, and never open to all.
func Protect(app *fiber.App, verifier *Verifier, register func(*fiber.App)) error {
	if verifier != nil {
		app.Use(func(c *fiber.Ctx) error {
			c.Locals(verifierKey{}, verifier)
			return c.Next()
		})
	}
	before := byMethod(app)
	register(app)
	undeclared := map[string]bool{}
	for method, routes := range byMethod(app) {
		for i, route := range routes {
			if !declared(route, before[method], i) {
				undeclared[method+" "+route.Path] = true
			}
		}
	}
	if len(undeclared) > 0 {
		return fmt.Errorf("these routes don't say who may call them (authkit.Require or authkit.Open comes first): %s",
			strings.Join(slices.Sorted(maps.Keys(undeclared)), ", "))
	}
	return nil
}

// declared: the kit's own routes need no guard, and get no handler by being
// registered again, as Fiber would do with a middleware.
func declared(route fiber.Route, before []fiber.Route, i int) bool {
	if i < len(before) {
		return len(route.Handlers) == len(before[i].Handlers)
	}
	return len(route.Handlers) > 0 && isGuard(route.Handlers[0])
}

// isGuard recognises what Require and Open return. Functions can't be compared,
// but all guards share one method, and so its code.
func isGuard(handler fiber.Handler) bool {
	code := reflect.ValueOf(handler).Pointer()
	return code == reflect.ValueOf((&guard{}).check).Pointer() || code == reflect.ValueOf(Open).Pointer()
}

// byMethod returns the routes, of each method in the order of their registration.
func byMethod(app *fiber.App) map[string][]fiber.Route {
	routes := map[string][]fiber.Route{}
	for _, route := range app.GetRoutes() {
		routes[route.Method] = append(routes[route.Method], route)
	}
	return routes
}
