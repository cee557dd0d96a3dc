package deadkit

import (
	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/limitkit"
)

// Handlers answer requests about dead letters.
type Handlers struct{ keeper *Keeper }

// NewHandlers returns the handlers.
func NewHandlers(keeper *Keeper) *Handlers { return &Handlers{keeper: keeper} }

// Register adds the routes to app. All of them are for operators: event bodies
// hold customers' data, and a discarded message is gone.
func (h *Handlers) Register(app *fiber.App) {
	operators := authkit.Require(authkit.Ops)
	app.Get("/api/dead-letters", operators, httpkit.AllowQuery("limit", "cursor", "reason", "type"), h.list)
	app.Get("/api/dead-letters/summary", operators, httpkit.AllowQuery(), h.summary)
	app.Get("/api/dead-letters/:id", operators, httpkit.AllowQuery(), h.get)
	app.Get("/api/dead-letter-actions", operators, httpkit.AllowQuery("limit", "cursor", "order_id"), h.actions)
	for _, verb := range []Verb{Replay, Discard} {
		app.Post("/api/dead-letters/"+string(verb), operators, limitkit.Writes, httpkit.AllowQuery(), h.doGroup(verb))
		app.Post("/api/dead-letters/:id/"+string(verb), operators, limitkit.Writes, httpkit.AllowQuery(), h.doOne(verb))
	}
}

func (h *Handlers) list(c *fiber.Ctx) error {
	page, err := httpkit.ReadPage(c)
	if err != nil {
		return err
	}
	filter := Filter{
		Reason: c.Query("reason"),
		Type:   c.Query("type"),
		Limit:  page.Limit + 1, // one more shows whether there is a next page
	}
	if page.After != nil {
		filter.After = &Position{PublishedAt: page.After.At, ID: page.After.ID}
	}
	letters, err := h.keeper.List(c.UserContext(), filter)
	if err != nil {
		return err
	}
	return c.JSON(httpkit.NewPage(page, letters, positionOfLetter, toLetter))
}

func (h *Handlers) summary(c *fiber.Ctx) error {
	found, err := h.keeper.Summary(c.UserContext())
	if err != nil {
		return err
	}
	return c.JSON(toSummary(found))
}

func (h *Handlers) get(c *fiber.Ctx) error {
	found, err := h.keeper.ByID(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	return c.JSON(toLetter(found))
}

func (h *Handlers) doOne(verb Verb) fiber.Handler {
	return func(c *fiber.Ctx) error {
		operator, err := operatorOf(c)
		if err != nil {
			return err
		}
		result, err := h.keeper.Do(c.UserContext(), Order{Verb: verb, Operator: operator, ID: c.Params("id")})
		if err != nil {
			return err
		}
		return c.JSON(toAction(result.Actions[0]))
	}
}

func (h *Handlers) doGroup(verb Verb) fiber.Handler {
	return func(c *fiber.Ctx) error {
		operator, err := operatorOf(c)
		if err != nil {
			return err
		}
		order, err := readGroup(c)
		if err != nil {
			return err
		}
		order.Verb, order.Operator = verb, operator
		result, err := h.keeper.Do(c.UserContext(), order)
		if err != nil {
			return err
		}
		return c.JSON(toResult(result))
	}
}

func (h *Handlers) actions(c *fiber.Ctx) error {
	page, err := httpkit.ReadPage(c)
	if err != nil {
		return err
	}
	order, err := httpkit.QueryID(c, "order_id")
	if err != nil {
		return err
	}
	filter := ActionFilter{OrderID: order, Limit: page.Limit + 1}
	if page.After != nil {
		filter.After = &ActionPosition{RequestedAt: page.After.At, ID: page.After.ID}
	}
	actions, err := h.keeper.Actions(c.UserContext(), filter)
	if err != nil {
		return err
	}
	return c.JSON(httpkit.NewPage(page, actions, positionOfAction, toAction))
}
