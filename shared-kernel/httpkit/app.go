// Package httpkit is what every service needs of HTTP: a Fiber application with
// correlation, metrics, health and problem+json, a strict reader of JSON bodies
// and the paging of lists.
package httpkit

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	// maxBody is the largest body that is read.
	maxBody = 1 << 20
	// serverMaxBody is where the server stops reading and drops the connection.
	// It is larger than maxBody, so that a client that sends somewhat too much
	// gets to read its 413 instead of a reset.
	serverMaxBody = 8 << 20

	// maxHeader is for a request's line and header fields together; a token with many
	// claims takes most of it. Each open connection keeps a buffer of that size, an idle
	// one too: 5,000 of them are 40 MiB. With twice as much, as many that wait (26 KiB
	// each and the buffer beyond 4) would take all that the collector is to stay within.
	maxHeader = 8 << 10

	plainCoding = "identity" // the Content-Encoding of what isn't encoded

	requestTimeout = 10 * time.Second
	readTimeout    = 15 * time.Second
	// writeTimeout is for how long a client may leave an answer unread. It is well
	// below the time that a stop has for what is in hand. A stream sets deadlines of
	// its own.
	writeTimeout = 5 * time.Second
	idleTimeout  = 60 * time.Second
)

// Config is what an application is made of.
type Config struct {
	Log     *slog.Logger
	Metrics *prometheus.Registry
	Checks  []Check // what /readyz asks
	// Started is closed when the service can answer requests: its database is
	// there and migrated. Until then all but health and metrics is a 503.
	Started <-chan struct{}
}

// NewApp returns a Fiber application that serves /healthz, /readyz and /metrics;
// the service's routes are added to it. Each request has a deadline of ten
// seconds in its UserContext, and six from the beginning of a stop.
func NewApp(config Config) *fiber.App {
	durations := newDurations(config.Metrics)
	app := fiber.New(fiber.Config{
		Immutable:             true, // strings of a request outlive it in a use case
		DisableStartupMessage: true,
		BodyLimit:             serverMaxBody,
		ReadBufferSize:        maxHeader,
		RequestMethods:        methods,
		ReadTimeout:           readTimeout,
		WriteTimeout:          writeTimeout,
		IdleTimeout:           idleTimeout,
		ErrorHandler:          errorHandler(config.Log, durations),
	})
	app.Use(correlate)
	app.Use(measure(durations))
	app.Use(recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: logPanic(config.Log)}))
	health(app, config.Checks)
	serveMetrics(app, config.Metrics)
	app.Use(refuseSpare, waitForStart(config.Started), refuseOtherSites, limitBody, deadline, tag)
	return app
}

func logPanic(log *slog.Logger) func(*fiber.Ctx, any) {
	return func(c *fiber.Ctx, cause any) {
		log.ErrorContext(c.UserContext(), "panic in a request",
			"path", c.Path(), "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
	}
}

func waitForStart(started <-chan struct{}) fiber.Handler {
	return func(c *fiber.Ctx) error {
		select {
		case <-started:
			return c.Next()
		default:
			return fiber.NewError(fiber.StatusServiceUnavailable, "the service is starting")
		}
	}
}

// refuseOtherSites refuses what another site's page has a browser do without a token
// (cross-site request forgery): while authentication is off, whoever reaches the
// service is trusted, and the browser of such a one reaches it. Browsers say where a
// request comes from (https://www.w3.org/TR/fetch-metadata/); other programs don't.
func refuseOtherSites(c *fiber.Ctx) error {
	safe := c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead || c.Method() == fiber.MethodOptions
	if !safe && c.Get("Sec-Fetch-Site") == "cross-site" && c.Get(fiber.HeaderAuthorization) == "" {
		return fiber.NewError(fiber.StatusForbidden, "another site's page may not do this")
	}
	return c.Next()
}

// limitBody refuses what is too large and what is compressed: small on the wire,
// it could be of any size in memory. Bodies are therefore read as they came, and
// never with Ctx.Body, which decompresses them without a limit.
func limitBody(c *fiber.Ctx) error {
	body := c.Request().Body()
	if len(body) > maxBody {
		return fiber.ErrRequestEntityTooLarge
	}
	if coding := c.Get(fiber.HeaderContentEncoding); len(body) > 0 && coding != "" && !strings.EqualFold(coding, plainCoding) {
		c.Set(fiber.HeaderAcceptEncoding, plainCoding) // RFC 9110, section 15.5.16
		return fiber.NewError(fiber.StatusUnsupportedMediaType, "the body must not be compressed: its Content-Encoding must be "+plainCoding)
	}
	return c.Next()
}

func deadline(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), requestTimeout)
	defer cancel()
	if s, served := serverOf(c); served {
		defer context.AfterFunc(s.waiting, cancel)()
	}
	c.SetUserContext(ctx)
	return c.Next()
}
