package httpkit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// AllowQuery returns a handler that stands before a route's own: it answers 400
// when the request has a query parameter other than these, and names them, or one of
// them without a value or more than once. A parameter that was merely ignored could
// be a filter that its caller relies on.
func AllowQuery(names ...string) fiber.Handler {
	allowed := "this path takes none"
	if len(names) > 0 {
		allowed = "this path takes " + strings.Join(names, ", ")
	}
	return func(c *fiber.Ctx) error {
		fault, seen := "", map[string]bool{}
		c.Request().URI().QueryArgs().VisitAll(func(key, value []byte) {
			name := string(key)
			switch {
			case name == "" || fault != "": // a trailing & is a parameter without a name
			case !slices.Contains(names, name):
				fault = fmt.Sprintf("there is no query parameter %q here; %s", name, allowed)
			case len(value) == 0:
				fault = "the query parameter " + name + " must not be empty; leave it out instead"
			case seen[name]:
				fault = "the query parameter " + name + " must be given once"
			}
			seen[name] = true
		})
		if fault != "" {
			return fiber.NewError(fiber.StatusBadRequest, fault)
		}
		return c.Next()
	}
}

// QueryTime reads an optional query parameter that is an RFC 3339 time; nil when
// it is absent. Its error is a 400.
func QueryTime(c *fiber.Ctx, name string) (*time.Time, error) {
	text := c.Query(name)
	if text == "" {
		return nil, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fiber.NewError(fiber.StatusBadRequest,
			name+" must be an RFC 3339 time, such as 2026-01-02T03:04:05Z (a + in it is written %2B)")
	}
	at = at.UTC()
	return &at, nil
}
