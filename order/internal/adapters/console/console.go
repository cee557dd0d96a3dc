// Package console is the web console: its pages, and the calls of the other
// services that its pages make. They go through this one, so that a browser needs
// to reach one address alone; each service checks for itself who calls.
package console

import (
	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/limitkit"
)

// Settings say what the console shows.
type Settings struct {
	Authentication bool              // its user has to give a token
	URLs           map[string]string // of the other services, by name; what has none is not shown
}

// Console answers the requests.
type Console struct {
	settings Settings
	forward  *forwarder
}

// New returns the console.
func New(settings Settings) *Console {
	return &Console{settings: settings, forward: newForwarder(settings.URLs)}
}

// Register adds the routes to app. The pages are open: they hold nothing but what
// is in this repository.
func (h *Console) Register(app *fiber.App) {
	for path, page := range pages() {
		app.Get(path, authkit.Open, httpkit.AllowQuery(), page.send)
	}
	app.Get("/console/settings", authkit.Open, httpkit.AllowQuery(), h.showSettings)
	for _, k := range calls() {
		if h.settings.URLs[k.service] == "" {
			continue
		}
		path, guard, query := "/console/"+k.service+k.path, authkit.Require(k.scopes...), httpkit.AllowQuery(k.query...)
		if k.method == fiber.MethodGet {
			app.Get(path, guard, query, h.forward.handler(k)) // and HEAD
		} else {
			app.Add(k.method, path, guard, limitkit.Writes, query, h.forward.handler(k))
		}
	}
}

// settings is how the settings are shown.
type settings struct {
	Authentication bool     `json:"authentication"`
	Services       []string `json:"services"` // those that can be asked
}

func (h *Console) showSettings(c *fiber.Ctx) error {
	shown := settings{Authentication: h.settings.Authentication}
	for _, service := range contracts.Services {
		if service == contracts.ServiceOrder || h.settings.URLs[service] != "" {
			shown.Services = append(shown.Services, service)
		}
	}
	return c.JSON(shown)
}
