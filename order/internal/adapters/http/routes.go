// Package http is the order service's REST interface.
package http

import (
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/limitkit"
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
	read := authkit.Require(authkit.OrdersRead, authkit.Ops)
	app.Post("/api/orders", authkit.Require(authkit.OrdersWrite), limitkit.Writes, httpkit.AllowQuery(), h.placeOrder)
	app.Get("/api/orders", read, httpkit.AllowQuery(listQuery...), h.listOrders)
	app.Get("/api/orders/:id", read, httpkit.AllowQuery(), h.getOrder)
	app.Post("/api/orders/:id/cancel", authkit.Require(authkit.OrdersWrite, authkit.Ops), limitkit.Writes, httpkit.AllowQuery(), h.cancelOrder)
	h.follow.register(app)
}

func (h *Handlers) placeOrder(c *fiber.Ctx) error {
	key, err := readKey(c)
	if err != nil {
		return err
	}
	if key == nil { // with one it may have been taken before
		if err := h.place.RefuseUnread(); err != nil {
			return err
		}
	}
	placement, err := readPlacement(c)
	if err != nil {
		return err
	}
	if err := mayOrderFor(c, placement.CustomerID); err != nil {
		return err
	}
	order, replayed, err := h.placeOnce(c.UserContext(), placement, key)
	if err != nil {
		return err
	}
	id := order.Snapshot().ID
	h.log.InfoContext(c.UserContext(), "order placed", "order_id", id, "replayed", replayed)
	if replayed {
		c.Set(replayedHeader, "true")
		order = order.AsPlaced() // the first answer, unless this request waits for its end itself
	}
	c.Location("/api/orders/" + string(id))
	return c.Status(fiber.StatusCreated).JSON(toOrder(h.follow.awaited(c, order)))
}

func (h *Handlers) getOrder(c *fiber.Ctx) error {
	order, err := h.read.ByID(c.UserContext(), domain.OrderID(c.Params("id")), authkit.Customer(c))
	if err != nil {
		return err
	}
	return c.JSON(toOrder(h.follow.awaited(c, order)))
}

func (h *Handlers) cancelOrder(c *fiber.Ctx) error {
	order, err := h.cancel.Do(c.UserContext(), domain.OrderID(c.Params("id")), authkit.Customer(c))
	if err != nil {
		return err
	}
	h.log.InfoContext(c.UserContext(), "order cancelled on request", "order_id", c.Params("id"), "by", httpkit.CallerOf(c).Subject)
	return c.JSON(toOrder(order))
}

func (h *Handlers) listOrders(c *fiber.Ctx) error {
	page, filter, err := readFilter(c)
	if err != nil {
		return err
	}
	if !confine(c, &filter) {
		return c.JSON(httpkit.NewPage(page, nil, positionOf, toOrder))
	}
	orders, err := h.read.List(c.UserContext(), filter)
	if err != nil {
		return err
	}
	return c.JSON(httpkit.NewPage(page, orders, positionOf, toOrder))
}
