package httpkit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// AllowQuery returns a handler that stands before a route's own: it answers 400
// when the request has a query parameter other than these, and names them. A
// parameter that was merely ignored could be a filter that its caller relies on.
func AllowQuery(names ...string) fiber.Handler {
	allowed := "this path takes none"
	if len(names) > 0 {
		allowed = "this path takes " + strings.Join(names, ", ")
	}
	return func(c *fiber.Ctx) error {
		var unknown []string
		c.Request().URI().QueryArgs().VisitAll(func(key, _ []byte) {
			// A trailing & is a parameter without a name.
			if name := string(key); name != "" && !slices.Contains(names, name) {
				unknown = append(unknown, name)
			}
		})
		if len(unknown) > 0 {
			return fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("there is no query parameter %q here; %s", unknown[0], allowed))
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
