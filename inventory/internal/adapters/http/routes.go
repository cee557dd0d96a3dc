// Package http is the inventory's REST interface.
package http

import (
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/limitkit"
)

// Handlers answer the requests.
type Handlers struct {
	read         *application.ReadProducts
	set          *application.SetStock
	reservations *application.ListReservations
	log          *slog.Logger
}

// NewHandlers returns the handlers.
func NewHandlers(read *application.ReadProducts, set *application.SetStock, reservations *application.ListReservations, log *slog.Logger) *Handlers {
	return &Handlers{read: read, set: set, reservations: reservations, log: log}
}

// Register adds the routes to app.
func (h *Handlers) Register(app *fiber.App) {
	read := authkit.Require(authkit.OrdersRead, authkit.InventoryWrite, authkit.Ops)
	app.Get("/api/products", read, httpkit.AllowQuery("limit", "cursor"), h.listProducts)
	app.Get("/api/products/:id", read, httpkit.AllowQuery(), h.getProduct)
	app.Put("/api/products/:id", authkit.Require(authkit.InventoryWrite), limitkit.Writes, httpkit.AllowQuery(), h.putProduct)
	// A reservation has no customer, by whom it could be shown to its own.
	app.Get("/api/reservations", authkit.Require(authkit.Ops), httpkit.AllowQuery("limit", "cursor", "order_id"), h.listReservations)
}

func (h *Handlers) listProducts(c *fiber.Ctx) error {
	page, err := httpkit.ReadPage(c)
	if err != nil {
		return err
	}
	var after domain.ProductID
	if page.After != nil {
		after = domain.ProductID(page.After.ID)
	}
	products, err := h.read.List(c.UserContext(), after, page.Limit+1)
	if err != nil {
		return err
	}
	return c.JSON(httpkit.NewPage(page, products, positionOfProduct, toProduct))
}

func (h *Handlers) getProduct(c *fiber.Ctx) error {
	id, problem := pathID(c)
	if problem != "" {
		return errs.New(errs.NotFound, "there is no product %q", id)
	}
	found, err := h.read.ByID(c.UserContext(), id)
	if err != nil {
		return err
	}
	return c.JSON(toProduct(found))
}

func (h *Handlers) putProduct(c *fiber.Ctx) error {
	id, available, err := readStock(c)
	if err != nil {
		return err
	}
	stocked, err := h.set.Do(c.UserContext(), id, available)
	if err != nil {
		return err
	}
	h.log.InfoContext(c.UserContext(), "stock set", "product_id", id, "available", available)
	return c.JSON(toProduct(stocked))
}

func (h *Handlers) listReservations(c *fiber.Ctx) error {
	page, filter, err := readFilter(c)
	if err != nil {
		return err
	}
	reservations, err := h.reservations.Do(c.UserContext(), filter)
	if err != nil {
		return err
	}
	return c.JSON(httpkit.NewPage(page, reservations, positionOfReservation, toReservation))
}
