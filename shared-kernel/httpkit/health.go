package httpkit

import (
	"context"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// probeTimeout bounds one check of /readyz.
const probeTimeout = 2 * time.Second

// Check is one thing a service needs to work.
type Check struct {
	Name string
	// Optional says that the service does its main job without it: it is ready
	// all the same, but degraded.
	Optional bool
	Probe    func(ctx context.Context) error
}

type readiness struct {
	Status string            `json:"status"` // ready, degraded or unavailable
	Checks map[string]string `json:"checks"` // by name: "ok" or what is wrong
}

// health serves /healthz (200 as long as the process lives) and /readyz (200
// when it can do its work, 503 when it can't). Neither looks at the query, to which
// some programs that probe add parameters of their own.
func health(app *fiber.App, checks []Check) {
	app.Get("/healthz", func(c *fiber.Ctx) error {
		return c.JSON(fiber.Map{"status": "ok"})
	})
	app.Get("/readyz", func(c *fiber.Ctx) error {
		ready := probe(c.UserContext(), checks)
		if ready.Status == "unavailable" {
			c.Status(fiber.StatusServiceUnavailable)
		}
		return c.JSON(ready)
	})
}

func probe(ctx context.Context, checks []Check) readiness {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	failures := make([]error, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() { failures[i] = check.Probe(ctx) })
	}
	all.Wait()

	result := readiness{Status: "ready", Checks: make(map[string]string, len(checks))}
	for i, check := range checks {
		switch {
		case failures[i] == nil:
			result.Checks[check.Name] = "ok"
			continue
		case !check.Optional:
			result.Status = "unavailable"
		case result.Status == "ready":
			result.Status = "degraded"
		}
		result.Checks[check.Name] = detailOf(failures[i], fiber.StatusServiceUnavailable)
	}
	return result
}
