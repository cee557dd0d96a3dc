// Package http is the order service's REST interface.
package http

import (
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/httpkit"
)

// Handlers answer the requests.
type Handlers struct {
	place  *application.PlaceOrder
	cancel *application.CancelOrder
	read   *application.ReadOrders
	follow *Following
	log    *slog.Logger
}

// NewHandlers returns the handlers.
func NewHandlers(place *application.PlaceOrder, cancel *application.CancelOrder, read *application.ReadOrders,
	follow *Following, log *slog.Logger,
) *Handlers {
	return &Handlers{place: place, cancel: cancel, read: read, follow: follow, log: log}
}

// Register adds the routes to app.
func (h *Handlers) Register(app *fiber.App) {
	app.Post("/api/orders", h.placeOrder)
	app.Get("/api/orders", h.listOrders)
	app.Get("/api/orders/:id", h.getOrder)
	app.Post("/api/orders/:id/cancel", h.cancelOrder)
	h.follow.register(app)
}

func (h *Handlers) placeOrder(c *fiber.Ctx) error {
	placement, err := readPlacement(c)
	if err != nil {
		return err
	}
	order, err := h.place.Do(c.UserContext(), placement)
	if err != nil {
		return err
	}
	id := order.Snapshot().ID
	h.log.InfoContext(c.UserContext(), "order placed", "order_id", id)
	c.Location("/api/orders/" + string(id))
	return c.Status(fiber.StatusCreated).JSON(toOrder(h.follow.awaited(c, order)))
}

func (h *Handlers) getOrder(c *fiber.Ctx) error {
	id := domain.OrderID(c.Params("id"))
	order, err := h.read.ByID(c.UserContext(), id)
	if err == nil && !sees(httpkit.CallerOf(c), order.Snapshot().CustomerID) {
		err = application.NoSuchOrder(id)
	}
	if err != nil {
		return err
	}
	return c.JSON(toOrder(h.follow.awaited(c, order)))
}

func (h *Handlers) cancelOrder(c *fiber.Ctx) error {
	order, err := h.cancel.Do(c.UserContext(), domain.OrderID(c.Params("id")))
	if err != nil {
		return err
	}
	h.log.InfoContext(c.UserContext(), "order cancelled by its customer", "order_id", c.Params("id"))
	return c.JSON(toOrder(order))
}

func (h *Handlers) listOrders(c *fiber.Ctx) error {
	page, filter, err := readFilter(c)
	if err != nil {
		return err
	}
	orders, err := h.read.List(c.UserContext(), filter)
	if err != nil {
		return err
	}
	return c.JSON(httpkit.NewPage(page, orders, positionOf, toOrder))
}
