package http

import (
	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/application"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/errs"
)

// mayOrderFor refuses an order in another customer's name (errs.Forbidden).
func mayOrderFor(c *fiber.Ctx, customer string) error {
	if own := authkit.Customer(c); own != "" && own != customer {
		return errs.ForbiddenField(errs.Field{Name: "customer_id", Detail: "must be the subject of the token"})
	}
	return nil
}

// confine makes the filter one for the caller's own orders, if it may see no
// others, and reports whether anything can match: not when it asks for somebody
// else's.
func confine(c *fiber.Ctx, f *application.Filter) bool {
	own := authkit.Customer(c)
	if own == "" || own == f.CustomerID {
		return true
	}
	if f.CustomerID != "" {
		return false
	}
	f.CustomerID = own
	return true
}
