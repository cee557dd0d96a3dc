// Package fxkit wires the technical kits into a service. It holds the only fx
// code beside each service's wiring. A service starts and stops by stages, whatever
// the order in which its wiring lists what it is made of.
package fxkit

import (
	"log/slog"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"orders.internal/shared-kernel/config"
	"orders.internal/shared-kernel/obs"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// Clock tells the time, in UTC and in microseconds as PostgreSQL keeps it, so
// that a value reads the same before and after it was stored.
type Clock func() time.Time

// NewID returns a new UUID version 7 in text form.
type NewID func() string

// Base provides what everything else needs: the logger, the metrics registry,
// the clock and the source of ids.
func Base(service string, c config.Common) fx.Option {
	return fx.Options(
		fx.StopTimeout(stopTimeout),
		fx.WithLogger(func(log *slog.Logger) fxevent.Logger {
			events := &fxevent.SlogLogger{Logger: log}
			events.UseLogLevel(slog.LevelDebug)
			return events
		}),
		Profiles(c.PprofPort),
		fx.Provide(
			func(lc fx.Lifecycle) *slog.Logger { return newLogger(lc, service, c.LogLevel) },
			newStages,
			newRegistry,
			func() pgkit.GroupOption { return pgkit.AtMost(c.BatchMax) },
			func() outbox.RelayOption { return outbox.PublishAtMost(c.PublishMax) },
			func(r *prometheus.Registry) prometheus.Registerer { return r },
			func() Clock { return func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) } },
			func() NewID { return func() string { return uuid.Must(uuid.NewV7()).String() } },
		),
	)
}

// newLogger logs to the standard error output: line by line on a terminal,
// otherwise in as few writes as the load allows.
func newLogger(lc fx.Lifecycle, service string, level slog.Level) *slog.Logger {
	if obs.IsTerminal(os.Stderr) {
		return obs.NewLogger(os.Stderr, service, level)
	}
	lines := obs.NewLines(os.Stderr)
	lc.Append(fx.StopHook(lines.Flush))
	return obs.NewLogger(lines, service, level)
}

func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}
