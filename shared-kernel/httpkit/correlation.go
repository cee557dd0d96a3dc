package httpkit

import (
	"regexp"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"orders.internal/shared-kernel/event"
)

// CorrelationHeader names the request across all services. A caller's own is
// taken, if it is 1 to 128 visible ASCII characters; otherwise one is made. It
// is echoed in every answer.
const CorrelationHeader = "X-Correlation-ID"

var (
	correlationID = regexp.MustCompile(`^[\x21-\x7e]{1,128}$`)
	// https://www.w3.org/TR/trace-context/#traceparent-header; later versions
	// may have more fields.
	traceparent = regexp.MustCompile(`^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[\x21-\x7e]{0,64})?$`)
	// Printable ASCII, of the length that must at least be passed on:
	// https://www.w3.org/TR/trace-context/#tracestate-limits
	tracestate = regexp.MustCompile(`^[\x20-\x7e]{1,512}$`)
)

// correlate gives every request its origin.
func correlate(c *fiber.Ctx) error {
	identify(c)
	return c.Next()
}

// identify puts the request's origin into its context. What of it doesn't have
// the form that it should is left out: the outbox stores it as text, and an order
// must not fail over what only helps to follow it.
func identify(c *fiber.Ctx) {
	origin := originOf(c)
	c.Set(CorrelationHeader, origin.CorrelationID)
	c.SetUserContext(event.WithOrigin(c.UserContext(), origin))
}

func isIdentified(c *fiber.Ctx) bool { return len(c.Response().Header.Peek(CorrelationHeader)) > 0 }

func originOf(c *fiber.Ctx) event.Origin {
	origin := event.Origin{CorrelationID: c.Get(CorrelationHeader)}
	if !correlationID.MatchString(origin.CorrelationID) {
		origin.CorrelationID = uuid.NewString()
	}
	if parent := c.Get("traceparent"); traceparent.MatchString(parent) {
		origin.Traceparent = parent
		if state := c.Get("tracestate"); tracestate.MatchString(state) {
			origin.Tracestate = state
		}
	}
	return origin
}
