package http

import (
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/httpkit"
)

// pathID returns the path's last segment, which Fiber leaves escaped. What can't
// be an order's id is errs.NotFound.
func pathID(c *fiber.Ctx) (string, error) {
	id, err := url.PathUnescape(c.Params("order_id"))
	if err != nil || contracts.CheckID(id) != "" {
		return "", errs.New(errs.NotFound, "there is no payment of order %q", id)
	}
	return id, nil
}

// readList reads the query parameters that both lists have.
func readList(c *fiber.Ctx) (httpkit.PageRequest, domain.OrderID, error) {
	page, err := httpkit.ReadPage(c)
	if err != nil {
		return page, "", err
	}
	order, err := httpkit.QueryID(c, "order_id")
	return page, domain.OrderID(order), err
}

// readLedgerPosition reads a position that positionOfEntry has made.
func readLedgerPosition(p *httpkit.Position) (*application.LedgerPosition, error) {
	number, err := strconv.ParseInt(p.ID, 10, 64)
	if err != nil {
		return nil, fiber.NewError(fiber.StatusBadRequest, "cursor must be a next_cursor of an earlier answer")
	}
	return &application.LedgerPosition{CreatedAt: p.At, Number: number}, nil
}
