package httpkit

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// newDurations returns the histogram of how long requests take, by route and not
// by path, so that the number of series stays bounded.
func newDurations(registry *prometheus.Registry) *prometheus.HistogramVec {
	return promauto.With(registry).NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "Time from the request's first byte read to its answer written, by route.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15), // 0.5 ms to 8 s
	}, []string{"method", "route", "status"})
}

func measure(seconds *prometheus.HistogramVec) fiber.Handler {
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

// countUnread counts a request that the server could not read: it has no route,
// its method may be anything, and it took no time.
func countUnread(seconds *prometheus.HistogramVec, c *fiber.Ctx, status int) {
	method := c.Method()
	if !slices.Contains(methods, method) {
		method = otherMethod
	}
	seconds.WithLabelValues(method, "unread", strconv.Itoa(status)).Observe(0)
}

// isUnmatched recognises Fiber's own answers for a path or method without a route.
func isUnmatched(err error) bool {
	var own *fiber.Error
	return errors.As(err, &own) && (own.Code == fiber.StatusNotFound || own.Code == fiber.StatusMethodNotAllowed)
}

func serveMetrics(app *fiber.App, registry *prometheus.Registry) {
	app.Get("/metrics", adaptor.HTTPHandler(promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry})))
}
