// Package http is the payment service's REST interface.
package http

import (
	"github.com/gofiber/fiber/v2"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/httpkit"
)

// Handlers answer the requests.
type Handlers struct {
	payments *application.ReadPayments
	ledger   *application.ReadLedger
}

// NewHandlers returns the handlers.
func NewHandlers(payments *application.ReadPayments, ledger *application.ReadLedger) *Handlers {
	return &Handlers{payments: payments, ledger: ledger}
}

// Register adds the routes to app.
func (h *Handlers) Register(app *fiber.App) {
	read := authkit.Require(authkit.OrdersRead, authkit.Ops)
	app.Get("/api/payments", read, httpkit.AllowQuery("limit", "cursor", "order_id"), h.listPayments)
	app.Get("/api/payments/:order_id", read, httpkit.AllowQuery(), h.getPayment)
	// The provider's books have no customers.
	app.Get("/api/gateway/ledger", authkit.Require(authkit.Ops), httpkit.AllowQuery("limit", "cursor", "order_id"), h.listLedger)
}

func (h *Handlers) getPayment(c *fiber.Ctx) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	found, err := h.payments.ByID(c.UserContext(), domain.OrderID(id), authkit.Customer(c))
	if err != nil {
		return err
	}
	return c.JSON(toPayment(found))
}

func (h *Handlers) listPayments(c *fiber.Ctx) error {
	page, order, err := readList(c)
	if err != nil {
		return err
	}
	filter := application.Filter{OrderID: order, CustomerID: authkit.Customer(c), Limit: page.Limit + 1} // one more shows whether there is a next page
	if page.After != nil {
		filter.After = &application.Position{CreatedAt: page.After.At, OrderID: domain.OrderID(page.After.ID)}
	}
	payments, err := h.payments.List(c.UserContext(), filter)
	if err != nil {
		return err
	}
	return c.JSON(httpkit.NewPage(page, payments, positionOfPayment, toPayment))
}

func (h *Handlers) listLedger(c *fiber.Ctx) error {
	page, order, err := readList(c)
	if err != nil {
		return err
	}
	filter := application.LedgerFilter{OrderID: order, Limit: page.Limit + 1}
	if page.After != nil {
		if filter.After, err = readLedgerPosition(page.After); err != nil {
			return err
		}
	}
	entries, err := h.ledger.Do(c.UserContext(), filter)
	if err != nil {
		return err
	}
	return c.JSON(httpkit.NewPage(page, entries, positionOfEntry, toEntry))
}
