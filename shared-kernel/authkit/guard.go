package authkit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/httpkit"
)

// The scopes of the system.
const (
	OrdersRead     = "orders:read"
	OrdersWrite    = "orders:write"
	InventoryWrite = "inventory:write"
	Ops            = "ops" // of operators: everybody's orders, and what no customer has to do with
)

// Require lets callers pass whose token has any of the scopes; while
// authentication is off, everybody. It stands first at a route. A caller without
// a good token is answered 401, one without a scope 403 (RFC 6750, section 3).
func Require(anyOf ...string) fiber.Handler {
	if len(anyOf) == 0 {
		panic("authkit: a route that requires no scope is Open")
	}
	return (&guard{anyOf: anyOf}).check
}

// Open lets everybody pass, with or without a token. It stands first at a route.
func Open(c *fiber.Ctx) error { return c.Next() }

// Customer returns the customer that the caller is confined to, whose orders
// alone it may see and cancel. "" means none: an operator may see everybody's,
// and so may anybody while authentication is off.
func Customer(c *fiber.Ctx) string {
	caller := httpkit.CallerOf(c)
	if caller.Has(Ops) {
		return ""
	}
	return caller.Subject
}

type guard struct{ anyOf []string }

// verifierKey is where a request finds the verifier; there is none while
// authentication is off.
type verifierKey struct{}

func (g *guard) check(c *fiber.Ctx) error {
	verifier, on := c.Locals(verifierKey{}).(*Verifier)
	if !on {
		return c.Next()
	}
	token, sent := bearerToken(c.Get(fiber.HeaderAuthorization))
	if !sent {
		challenge(c)
		return fiber.NewError(fiber.StatusUnauthorized, "this needs a bearer token in the header Authorization")
	}
	caller, err := verifier.Verify(c.UserContext(), token)
	var refused Refusal
	switch {
	case errors.As(err, &refused):
		challenge(c, "error", "invalid_token", "error_description", refused.Error())
		return fiber.NewError(fiber.StatusUnauthorized, refused.Error())
	case err != nil:
		return err
	case !slices.ContainsFunc(g.anyOf, caller.Has):
		challenge(c, "error", "insufficient_scope", "scope", g.anyOf[0])
		return fiber.NewError(fiber.StatusForbidden, "this needs a token with the scope "+strings.Join(g.anyOf, " or "))
	}
	httpkit.SetCaller(c, caller)
	return c.Next()
}

// bearerToken reads an Authorization header (RFC 6750, section 2.1). Credentials
// of another scheme count as none.
func bearerToken(header string) (token string, sent bool) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// realm names what the tokens are for.
const realm = "orders"

// challenge says how to prove who one is: pairs of attribute and value follow
// the realm.
func challenge(c *fiber.Ctx, attributes ...string) {
	header := fmt.Sprintf("Bearer realm=%q", realm)
	for i := 0; i < len(attributes); i += 2 {
		header += fmt.Sprintf(", %s=%q", attributes[i], attributes[i+1])
	}
	c.Set(fiber.HeaderWWWAuthenticate, header)
}
