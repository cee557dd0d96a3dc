package http

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/authkit"
)

// timeline is how what happened to an order is shown.
type timeline struct {
	OrderID string `json:"order_id"`
	Items   []step `json:"items"`
}

// step is an event in a timeline. Times are those of the clocks of the services
// that published the events, so one may seem to have come before its cause.
type step struct {
	happened
	SincePrevious *int64 `json:"since_previous_ms"` // null for the first
}

// happened is how an event is shown.
type happened struct {
	ID          string    `json:"id"`
	Type        string    `json:"type"`
	Service     string    `json:"service"`
	Time        time.Time `json:"time"`
	Attempts    int       `json:"attempts"`     // that it took: 1 where the event tells of no other
	CausationID *string   `json:"causation_id"` // null for what a request or a timeout has caused
}

func toHappened(o domain.Observation) happened {
	shown := happened{
		ID: o.EventID, Type: o.Type, Service: strings.TrimPrefix(o.Source, "/"), Time: o.OccurredAt, Attempts: max(1, o.Attempts),
	}
	if o.CausationID != "" {
		shown.CausationID = &o.CausationID
	}
	return shown
}

func toTimeline(id domain.OrderID, entries []application.Entry) timeline {
	shown := timeline{OrderID: string(id), Items: make([]step, len(entries))}
	for i, e := range entries {
		shown.Items[i].happened = toHappened(e.Event)
		if i > 0 {
			since := e.Event.OccurredAt.Sub(entries[i-1].Event.OccurredAt).Milliseconds()
			shown.Items[i].SincePrevious = &since
		}
	}
	return shown
}

func (f *Following) showTimeline(c *fiber.Ctx) error {
	id := domain.OrderID(c.Params("id"))
	entries, err := f.timeline.Do(c.UserContext(), id)
	if own := authkit.Customer(c); err == nil && own != "" && own != entries[0].CustomerID {
		err = application.NoSuchOrder(id)
	}
	if err != nil {
		return err
	}
	return c.JSON(toTimeline(entries[0].OrderID, entries))
}
