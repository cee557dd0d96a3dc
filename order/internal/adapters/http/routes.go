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
	log    *slog.Logger
}

// NewHandlers returns the handlers.
func NewHandlers(place *application.PlaceOrder, cancel *application.CancelOrder, read *application.ReadOrders, log *slog.Logger) *Handlers {
	return &Handlers{place: place, cancel: cancel, read: read, log: log}
}

// Register adds the routes to app.
func (h *Handlers) Register(app *fiber.App) {
	app.Post("/api/orders", httpkit.AllowQuery(), h.placeOrder)
	app.Get("/api/orders", httpkit.AllowQuery(listQuery...), h.listOrders)
	app.Get("/api/orders/:id", httpkit.AllowQuery(), h.getOrder)
	app.Post("/api/orders/:id/cancel", httpkit.AllowQuery(), h.cancelOrder)
}

func (h *Handlers) placeOrder(c *fiber.Ctx) error {
	key, err := readKey(c)
	if err != nil {
		return err
	}
	placement, err := readPlacement(c)
	if err != nil {
		return err
	}
	order, replayed, err := h.placeOnce(c.UserContext(), placement, key)
	if err != nil {
		return err
	}
	if replayed {
		c.Set(replayedHeader, "true")
		order = order.AsPlaced() // which the first answer was
	}
	answer := toOrder(order)
	h.log.InfoContext(c.UserContext(), "order placed", "order_id", answer.ID, "replayed", replayed)
	c.Location("/api/orders/" + answer.ID)
	return c.Status(fiber.StatusCreated).JSON(answer)
}

func (h *Handlers) getOrder(c *fiber.Ctx) error {
	order, err := h.read.ByID(c.UserContext(), domain.OrderID(c.Params("id")))
	if err != nil {
		return err
	}
	return httpkit.SendTagged(c, toOrder(order))
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
