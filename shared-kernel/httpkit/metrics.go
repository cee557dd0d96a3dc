package httpkit

import (
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// measure observes how long requests take, by route and not by path, so that
// the number of series stays bounded.
func measure(registry *prometheus.Registry) fiber.Handler {
	seconds := promauto.With(registry).NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "Time from the request's first byte read to its answer written, by route.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15), // 0.5 ms to 8 s
	}, []string{"method", "route", "status"})
	return func(c *fiber.Ctx) error {
		begin := time.Now()
		err := c.Next()
		status, route := c.Response().StatusCode(), c.Route().Path
		if err != nil {
			status = statusOf(err)
		}
		if isUnmatched(err) {
			route = "unmatched" // and not whatever path somebody tried
		}
		seconds.WithLabelValues(c.Method(), route, strconv.Itoa(status)).Observe(time.Since(begin).Seconds())
		return err
	}
}

// isUnmatched recognises Fiber's own answers for a path or method without a route.
func isUnmatched(err error) bool {
	var own *fiber.Error
	return errors.As(err, &own) && (own.Code == fiber.StatusNotFound || own.Code == fiber.StatusMethodNotAllowed)
}

func serveMetrics(app *fiber.App, registry *prometheus.Registry) {
	app.Get("/metrics", adaptor.HTTPHandler(promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry})))
}
