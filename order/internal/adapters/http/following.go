package http

import (
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"orders.internal/order/internal/application"
	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/httpkit"
)

// Following answers those who want to know how orders fare: by waiting, by
// timeline and by stream.
type Following struct {
	await    *application.AwaitEnd
	timeline *application.ReadTimeline
	follow   *application.FollowOrders
	settings StreamSettings
	log      *slog.Logger

	streams *limit
	waiting prometheus.Gauge
}

// StreamSettings bound the streams.
type StreamSettings struct {
	Most      int           // that may be open at a time
	Heartbeat time.Duration // between signs of life
}

// NewFollowing returns the handlers.
func NewFollowing(await *application.AwaitEnd, timeline *application.ReadTimeline, follow *application.FollowOrders,
	settings StreamSettings, metrics prometheus.Registerer, log *slog.Logger,
) *Following {
	factory := promauto.With(metrics)
	return &Following{
		await: await, timeline: timeline, follow: follow, settings: settings, log: log,
		streams: newLimit(settings.Most, factory.NewGauge(prometheus.GaugeOpts{
			Name: "order_streams_open", Help: "Streams of events that clients have open."})),
		waiting: factory.NewGauge(prometheus.GaugeOpts{
			Name: "order_requests_waiting", Help: "Requests that wait for their order to end."}),
	}
}

func (f *Following) register(app *fiber.App) {
	read := authkit.Require(authkit.OrdersRead, authkit.Ops)
	app.Get("/api/orders/:id/timeline", read, httpkit.AllowQuery(), f.showTimeline)
	app.Get("/api/orders/:id/events", read, httpkit.AllowQuery("last_event_id"), f.streamOrder)
	app.Get("/api/events", read, httpkit.AllowQuery("status", "customer_id", "last_event_id"), f.streamOrders)
}
