package limitkit

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/httpkit"
)

type limiterKey struct{}

// Install has Writes ask the limiter, at the routes that are added to app
// afterwards; nil means that there is no limit.
func Install(app *fiber.App, limiter *Limiter) {
	if limiter == nil {
		return
	}
	app.Use(func(c *fiber.Ctx) error {
		c.Locals(limiterKey{}, limiter)
		return c.Next()
	})
}

// Writes lets a caller pass while it keeps to its limit, and answers 429 with
// Retry-After when it doesn't. It stands after the route's guard, which finds
// out who calls. All its answers tell what is left, in the fields RateLimit and
// RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers-10; the field's t is
// the time until all of the quota is there again.
func Writes(c *fiber.Ctx) error {
	limiter, on := c.Locals(limiterKey{}).(*Limiter)
	if !on {
		return c.Next()
	}
	got := limiter.take(callerOf(c))
	c.Set("RateLimit-Policy", limiter.policy)
	c.Set("RateLimit", fmt.Sprintf(`"writes";r=%d;t=%d`, got.left, got.reset))
	if got.allowed {
		return c.Next()
	}
	c.Set(fiber.HeaderRetryAfter, strconv.Itoa(got.wait))
	return fiber.NewError(fiber.StatusTooManyRequests, fmt.Sprintf("too many writes; the next one may come in %d s", got.wait))
}

// callerOf names the bucket: the token's subject, or the client's address where
// nobody has to prove who they are. Addresses that a proxy reports are not
// believed: anybody could make up another one each time.
func callerOf(c *fiber.Ctx) string {
	if subject := httpkit.CallerOf(c).Subject; subject != "" {
		return subject
	}
	address, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return ""
	}
	return network(address.Unmap())
}

// v6Bits is the part of an IPv6 address that a client doesn't choose itself.
const v6Bits = 64

func network(address netip.Addr) string {
	if address.Is4() {
		return address.String()
	}
	prefix, _ := address.Prefix(v6Bits) // fails only past the address's own length
	return prefix.String()
}
