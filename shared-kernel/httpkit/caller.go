package httpkit

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Caller is who makes a request.
type Caller struct {
	Subject string    // the token's; empty while authentication is off
	Scopes  []string  // what the token allows
	Until   time.Time // when the token isn't good any more; zero while authentication is off
}

// Has reports whether the caller's token allows what the scope stands for.
func (c Caller) Has(scope string) bool { return slices.Contains(c.Scopes, scope) }

type callerKey struct{}

// CallerOf returns who makes the request: nobody in particular while
// authentication is off.
func CallerOf(c *fiber.Ctx) Caller {
	caller, _ := c.Locals(callerKey{}).(Caller)
	return caller
}

// SetCaller says who makes the request.
func SetCaller(c *fiber.Ctx, caller Caller) { c.Locals(callerKey{}, caller) }
