package deadkit

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/httpkit"
)

const (
	// OperatorHeader is who asks, in their own words, while authentication is
	// off. It may be percent-encoded, as browsers need it for other alphabets.
	OperatorHeader = "X-Operator"

	anonymous = "anonymous"
)

// operatorOf says who asks. Its error is a 400.
func operatorOf(c *fiber.Ctx) (string, error) {
	if subject := httpkit.CallerOf(c).Subject; subject != "" {
		return subject, nil
	}
	name := c.Get(OperatorHeader)
	if name == "" {
		return anonymous, nil
	}
	if decoded, err := url.PathUnescape(name); err == nil {
		name = decoded
	}
	if problem := contracts.CheckID(name); problem != "" {
		return "", fiber.NewError(fiber.StatusBadRequest, OperatorHeader+" "+problem)
	}
	return name, nil
}

// readGroup reads which group is to be replayed or discarded. The reason is
// required: nobody empties a whole queue by leaving something out.
func readGroup(c *fiber.Ctx) (Order, error) {
	body, err := httpkit.ReadObject(c)
	if err != nil {
		return Order{}, err
	}
	order := Order{Reason: body.Text("reason")}
	if eventType := body.OptionalText("type"); eventType != nil {
		order.Type = *eventType
	}
	if order.Reason == "" {
		return order, body.Err(errs.Field{Name: "reason", Detail: "must not be empty"})
	}
	return order, body.Err()
}
