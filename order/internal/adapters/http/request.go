package http

import (
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/httpkit"
)

// readPlacement reads the body of POST /api/orders. Its error names every field
// that has the wrong type or breaks a rule of the domain.
func readPlacement(c *fiber.Ctx) (domain.Placement, error) {
	body, err := httpkit.ReadObject(c)
	if err != nil {
		return domain.Placement{}, err
	}
	p := domain.Placement{CustomerID: body.Text("customer_id")}
	for _, line := range body.Objects("items", domain.MaxLines) {
		p.Items = append(p.Items, domain.Item{ProductID: line.Text("product_id"), Quantity: line.Int("quantity")})
	}
	p.Total = body.Amount("total_amount")
	p.PaymentMethod = body.OptionalText("payment_method")
	return p, body.Err(p.Check()...)
}

// listQuery are the query parameters of GET /api/orders.
var listQuery = []string{"limit", "cursor", "status", "customer_id", "cancellation_reason", "created_from", "created_before"}

// readFilter reads the query parameters of GET /api/orders.
func readFilter(c *fiber.Ctx) (page httpkit.PageRequest, filter application.Filter, err error) {
	if page, err = httpkit.ReadPage(c); err != nil {
		return page, filter, err
	}
	filter.Limit = page.Limit + 1 // one more shows whether there is a next page
	if filter.CustomerID, err = httpkit.QueryID(c, "customer_id"); err != nil {
		return page, filter, err
	}
	if filter.CreatedFrom, err = httpkit.QueryTime(c, "created_from"); err != nil {
		return page, filter, err
	}
	if filter.CreatedBefore, err = httpkit.QueryTime(c, "created_before"); err != nil {
		return page, filter, err
	}
	if filter.Status, err = readStatus(c); err != nil {
		return page, filter, err
	}
	filter.Reason = domain.CancellationReason(strings.ToUpper(c.Query("cancellation_reason")))
	if filter.Reason != "" && !filter.Reason.Valid() {
		return page, filter, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("cancellation_reason must be %s, %s, %s or %s",
			domain.InventoryUnavailable, domain.PaymentFailed, domain.TimedOut, domain.CustomerRequest))
	}
	if page.After != nil {
		if id, err := uuid.Parse(page.After.ID); err != nil || id.String() != page.After.ID { // the canonical form alone
			return page, filter, fiber.NewError(fiber.StatusBadRequest, "cursor must be a next_cursor of an earlier answer")
		}
		filter.After = &application.Position{CreatedAt: page.After.At, ID: domain.OrderID(page.After.ID)}
	}
	return page, filter, nil
}

// readStatus reads the query parameter status; it is "" without one.
func readStatus(c *fiber.Ctx) (domain.Status, error) {
	status := domain.Status(strings.ToUpper(c.Query("status")))
	if status != "" && !status.Valid() {
		return "", fiber.NewError(fiber.StatusBadRequest,
			fmt.Sprintf("status must be %s, %s or %s", domain.Pending, domain.Completed, domain.Cancelled))
	}
	return status, nil
}
