package fxkit

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/config"
	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/limitkit"
)

// Routes is what a service's HTTP adapter adds to the application.
type Routes interface {
	Register(app *fiber.App)
}

// AllRoutes are a service's own routes and those that every service has.
type AllRoutes struct {
	fx.In
	Own    Routes
	Shared []Routes `group:"routes"`
}

// Register adds them to app.
func (r AllRoutes) Register(app *fiber.App) {
	r.Own.Register(app)
	for _, shared := range r.Shared {
		shared.Register(app)
	}
}

// HTTP serves the Routes that the service provides, to those who may call them.
// It listens before the database is there, so that health and metrics can be
// asked from the beginning.
func HTTP(c config.Common) fx.Option {
	return fx.Options(authentication(c.Auth), serve(c))
}

func serve(c config.Common) fx.Option {
	return fx.Invoke(func(p struct {
		fx.In
		Stages   *Stages
		End      fx.Shutdowner
		Log      *slog.Logger
		Metrics  *prometheus.Registry
		Migrated Migrated
		Now      Clock
		Verifier *authkit.Verifier
		Routes   AllRoutes
		Checks   []httpkit.Check `group:"checks"`
	}) error {
		app := httpkit.NewApp(httpkit.Config{Log: p.Log, Metrics: p.Metrics, Checks: p.Checks, Started: p.Migrated})
		limitkit.Install(app, limitkit.NewLimiter(c.Limit, p.Now))
		if err := authkit.Protect(app, p.Verifier, p.Routes.Register); err != nil {
			return err
		}
		server := httpkit.NewServer(app, c.ConnectionsMax)
		p.Stages.Append(Requests, fx.Hook{
			OnStart: func(ctx context.Context) error {
				listener, err := net.ListenTCP("tcp", &net.TCPAddr{Port: c.Port})
				if err != nil {
					return fmt.Errorf("PORT %d: %w", c.Port, err)
				}
				p.Log.InfoContext(ctx, "listening", "port", c.Port, "authentication", c.Auth.AuthMode)
				go func() {
					if err := server.Serve(listener); err != nil {
						p.Log.ErrorContext(context.Background(), "the HTTP server ended", "error", err)
						_ = p.End.Shutdown(fx.ExitCode(1)) // fails only when the service is stopping already
					}
				}()
				return nil
			},
			OnStop: server.Shutdown,
		})
		return nil
	})
}
