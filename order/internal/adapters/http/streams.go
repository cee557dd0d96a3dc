package http

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/httpkit"
)

// change is the data of an event in a stream.
type change struct {
	OrderID    string   `json:"order_id"`
	CustomerID string   `json:"customer_id"`
	Status     string   `json:"status"` // of the order after the event
	Event      happened `json:"event"`
}

func toEvents(entries []application.Entry) ([]httpkit.Event, error) {
	events := make([]httpkit.Event, len(entries))
	for i, e := range entries {
		data, err := json.Marshal(change{
			OrderID: string(e.OrderID), CustomerID: e.CustomerID, Status: string(e.Status), Event: toHappened(e.Event),
		})
		if err != nil {
			return nil, err
		}
		events[i] = httpkit.Event{ID: toID(e.Position), Type: e.Event.Type, Data: data}
	}
	return events, nil
}

func toID(position int64) string { return strconv.FormatInt(position, 10) }

// streamOrder begins with what has happened to the order already.
func (f *Following) streamOrder(c *fiber.Ctx) error {
	return f.stream(c, application.Selection{OrderID: domain.OrderID(c.Params("id"))}, f.follow.One)
}

// streamOrders begins now.
func (f *Following) streamOrders(c *fiber.Ctx) error {
	customer, err := httpkit.QueryID(c, "customer_id")
	if err != nil {
		return err
	}
	status, err := readStatus(c)
	if err != nil {
		return err
	}
	return f.stream(c, application.Selection{CustomerID: customer, Status: status}, f.follow.All)
}

// follow is how a stream begins: after is where the client got to before.
type follow func(ctx context.Context, s application.Selection, after *int64) (*application.Stream, error)

func (f *Following) stream(c *fiber.Ctx, s application.Selection, begin follow) error {
	after, err := lastEventID(c)
	if err != nil {
		return err
	}
	s.VisibleTo = authkit.Customer(c)
	leave, entered := f.streams.enter(s.VisibleTo)
	if !entered {
		return fiber.NewError(fiber.StatusServiceUnavailable, "too many streams are open")
	}
	stream, err := whileServing(c, s, after, begin)
	if err != nil {
		leave()
		return err
	}
	httpkit.ServeStream(c, f.log, func(ctx context.Context, client *httpkit.Stream) {
		defer leave()
		defer stream.Close()
		if err := f.serve(ctx, stream, client); err != nil && ctx.Err() == nil {
			f.log.DebugContext(ctx, "a stream ended", "error", err)
		}
	})
	return nil
}

// whileServing begins a stream, unless the server stops meanwhile: it would end at once.
func whileServing(c *fiber.Ctx, s application.Selection, after *int64, begin follow) (*application.Stream, error) {
	ctx, cancel := context.WithCancel(c.UserContext())
	defer cancel()
	defer context.AfterFunc(httpkit.Serving(c), cancel)()
	return begin(ctx, s, after)
}

// serve passes the stream on to the client until one of them ends, or ctx.
func (f *Following) serve(ctx context.Context, stream *application.Stream, client *httpkit.Stream) error {
	err := client.Begin(toID(stream.Position()))
	for err == nil && ctx.Err() == nil {
		err = f.pass(ctx, stream, client)
	}
	return err
}

// pass sends what comes next, or a sign of life when nothing does.
func (f *Following) pass(ctx context.Context, stream *application.Stream, client *httpkit.Stream) error {
	entries, err := stream.Next(ctx, f.settings.Heartbeat)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return client.Beat(toID(stream.Position()))
	}
	events, err := toEvents(entries)
	if err != nil {
		return err
	}
	return client.Send(events)
}

// lastEventID reads where the client got to before, nil if it is new. Browsers
// send a header when they come back; other tools may find a parameter easier.
func lastEventID(c *fiber.Ctx) (*int64, error) {
	text := c.Get("Last-Event-ID", c.Query("last_event_id"))
	if text == "" {
		return nil, nil
	}
	position, err := strconv.ParseInt(text, 10, 64)
	if err != nil || position < 0 {
		return nil, fiber.NewError(fiber.StatusBadRequest, "Last-Event-ID must be the id of an event of an earlier stream")
	}
	return &position, nil
}
