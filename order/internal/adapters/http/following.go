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
	"orders.internal/shared-kernel/obs"
)

// Following answers those who want to know how orders fare: by waiting, by
// timeline and by stream.
type Following struct {
	await    *application.AwaitEnd
	timeline *application.ReadTimeline
	follow   *application.FollowOrders
	settings FollowSettings
	log      *slog.Logger

	streams *limit
	waits   *limit
	failed  *obs.Sparing // to wait
}

// FollowSettings bound what clients may wait for.
type FollowSettings struct {
	Streams   int           // that may be open at a time; of one customer a tenth
	Waits     int           // requests that may wait for their order's end at a time; of one customer a tenth
	Heartbeat time.Duration // between a stream's signs of life
}

// NewFollowing returns the handlers.
func NewFollowing(await *application.AwaitEnd, timeline *application.ReadTimeline, follow *application.FollowOrders,
	settings FollowSettings, metrics prometheus.Registerer, log *slog.Logger,
) *Following {
	factory := promauto.With(metrics)
	return &Following{
		await: await, timeline: timeline, follow: follow, settings: settings, log: log,
		streams: newLimit(settings.Streams, factory.NewGauge(prometheus.GaugeOpts{
			Name: "order_streams_open", Help: "Streams of events that clients have open."})),
		waits: newLimit(settings.Waits, factory.NewGauge(prometheus.GaugeOpts{
			Name: "order_requests_waiting", Help: "Requests that wait for their order to end."})),
		failed: obs.NewSparing(time.Second, time.Now),
	}
}

func (f *Following) register(app *fiber.App) {
	read := authkit.Require(authkit.OrdersRead, authkit.Ops)
	app.Get("/api/orders/:id/timeline", read, httpkit.AllowQuery(), f.showTimeline)
	app.Get("/api/orders/:id/events", read, httpkit.AllowQuery("last_event_id"), f.streamOrder)
	app.Get("/api/events", read, httpkit.AllowQuery("status", "customer_id", "last_event_id"), f.streamOrders)
}
