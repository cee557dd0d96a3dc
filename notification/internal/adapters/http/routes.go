// Package http is the notification service's REST interface.
package http

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/httpkit"
)

// Handlers answer the requests.
type Handlers struct {
	list *application.ListNotifications
}

// NewHandlers returns the handlers.
func NewHandlers(list *application.ListNotifications) *Handlers { return &Handlers{list: list} }

// Register adds the routes to app.
func (h *Handlers) Register(app *fiber.App) {
	app.Get("/api/notifications", authkit.Require(authkit.OrdersRead, authkit.Ops),
		httpkit.AllowQuery("limit", "cursor", "order_id"), h.listNotifications)
}

func (h *Handlers) listNotifications(c *fiber.Ctx) error {
	page, err := httpkit.ReadPage(c)
	if err != nil {
		return err
	}
	order, err := httpkit.QueryID(c, "order_id")
	if err != nil {
		return err
	}
	filter := application.Filter{
		OrderID:    domain.OrderID(order),
		CustomerID: authkit.Customer(c),
		Limit:      page.Limit + 1, // one more shows whether there is a next page
	}
	if page.After != nil {
		filter.After = &application.Position{CreatedAt: page.After.At, EventID: page.After.ID}
	}
	notifications, err := h.list.Do(c.UserContext(), filter)
	if err != nil {
		return err
	}
	return c.JSON(httpkit.NewPage(page, notifications, positionOf, toNotification))
}

// notification is how a notification is shown.
type notification struct {
	EventID     string     `json:"event_id"`
	OrderID     string     `json:"order_id"`
	Type        string     `json:"type"`
	Channel     string     `json:"channel"`
	CreatedAt   time.Time  `json:"created_at"`
	DeliveredAt *time.Time `json:"delivered_at"`
}

func toNotification(n *domain.Notification) notification {
	s := n.Snapshot()
	shown := notification{
		EventID: s.EventID, OrderID: string(s.OrderID), Type: string(s.Type), Channel: string(s.Channel), CreatedAt: s.CreatedAt,
	}
	if !s.DeliveredAt.IsZero() {
		shown.DeliveredAt = &s.DeliveredAt
	}
	return shown
}

func positionOf(n *domain.Notification) httpkit.Position {
	s := n.Snapshot()
	return httpkit.Position{At: s.CreatedAt, ID: s.EventID}
}
