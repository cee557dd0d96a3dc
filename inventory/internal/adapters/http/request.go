package http

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/httpkit"
)

// pathID returns the path's last segment, which Fiber leaves escaped, and what
// keeps it from being a product's id, "" when nothing does.
func pathID(c *fiber.Ctx) (id domain.ProductID, problem string) {
	text, err := url.PathUnescape(c.Params("id"))
	if err != nil {
		return "", "must be validly escaped"
	}
	return domain.ProductID(text), contracts.CheckID(text)
}

// readStock reads PUT /api/products/{id}. Its error names every field that has
// the wrong type; the numbers' range is the domain's to check.
func readStock(c *fiber.Ctx) (id domain.ProductID, available int, err error) {
	body, err := httpkit.ReadObject(c)
	if err != nil {
		return "", 0, err
	}
	available = body.Int("available")
	id, problem := pathID(c)
	if problem != "" {
		return "", 0, body.Err(errs.Field{Name: "product_id", Detail: problem})
	}
	return id, available, body.Err()
}

// readFilter reads the query parameters of GET /api/reservations.
func readFilter(c *fiber.Ctx) (httpkit.PageRequest, application.Filter, error) {
	page, err := httpkit.ReadPage(c)
	if err != nil {
		return page, application.Filter{}, err
	}
	order, err := httpkit.QueryID(c, "order_id")
	if err != nil {
		return page, application.Filter{}, err
	}
	filter := application.Filter{
		OrderID: domain.OrderID(order),
		Limit:   page.Limit + 1, // one more shows whether there is a next page
	}
	if page.After != nil {
		filter.After = &application.Position{CreatedAt: page.After.At, OrderID: domain.OrderID(page.After.ID)}
	}
	return page, filter, nil
}
