package fxkit

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"orders.internal/shared-kernel/config"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/rabbitkit"
)

// leaveFor is what deliveries in hand leave of their stage to the consumer, for
// letting go of those that are not done by then.
const leaveFor = 2 * time.Second

// Need says whether a service can do its main job without something.
type Need bool

// The needs: without what is Optional a service is ready, though degraded.
const (
	Required Need = false
	Optional Need = true
)

// connections are two, because a broker that blocks a publisher would hold back
// the acknowledgements on the same one.
type connections struct {
	publishing, consuming *rabbitkit.Conn
}

// Broker provides the publisher, and the connections for it and the consumer.
// They are made and kept up in the background.
func Broker(service, url string, need Need) fx.Option {
	return fx.Options(
		fx.Provide(
			func(log *slog.Logger) (c connections, err error) {
				if c.publishing, err = rabbitkit.NewConn(url, service+"-publisher", log); err != nil {
					return c, err
				}
				c.consuming, err = rabbitkit.NewConn(url, service+"-consumer", log)
				return c, err
			},
			func(c connections) *rabbitkit.Publisher { return rabbitkit.NewPublisher(c.publishing) },
			func(c connections) checks {
				return checks{Check: httpkit.Check{
					Name: "broker", Optional: bool(need), Probe: func(context.Context) error { return c.publishing.Ready() },
				}}
			},
		),
		fx.Invoke(func(s *Stages, c connections) {
			s.Append(Connections, closer(c.publishing.Close))
			s.Append(Connections, closer(c.consuming.Close))
		}),
	)
}

// Outbox provides the encoder of the service's events, the relay that publishes
// them and the monitor of what waits.
func Outbox(service string, toData func(event.Event) (contracts.Data, error)) fx.Option {
	return fx.Options(
		fx.Provide(
			func(now Clock, id NewID) outbox.Encoder { return outbox.NewEncoder(service, now, id, toData) },
			func(pool *pgxpool.Pool, p *rabbitkit.Publisher, log *slog.Logger, atMost outbox.RelayOption) *outbox.Relay {
				return outbox.NewRelay(pool, p, log, atMost)
			},
			func(pool *pgxpool.Pool, metrics prometheus.Registerer, log *slog.Logger) *outbox.Monitor {
				return outbox.NewMonitor(pool, metrics, log)
			},
		),
		fx.Invoke(func(s *Stages, relay *outbox.Relay, monitor *outbox.Monitor, migrated Migrated, log *slog.Logger) {
			running := background(AfterMigration(migrated, relay.Run))
			s.Append(Publishing, fx.Hook{OnStart: running.OnStart, OnStop: func(stop context.Context) error {
				if err := running.OnStop(stop); err != nil {
					return err
				}
				AfterMigration(migrated, func(ctx context.Context) { drain(ctx, relay, log) })(stop)
				return nil
			}})
			s.Background(Work, AfterMigration(migrated, monitor.Run))
		}),
	)
}

// drain publishes what was committed last.
func drain(ctx context.Context, relay *outbox.Relay, log *slog.Logger) {
	if err := relay.Drain(ctx); err != nil {
		log.WarnContext(ctx, "events stay in the outbox for the next start", "error", err)
	}
}

// Consumer hands the messages of the service's queue to the rabbitkit.Handler
// that the service provides, as soon as the database is ready.
func Consumer(service string, c config.Common, need Need) fx.Option {
	return fx.Options(
		fx.Provide(
			func(connected connections, dead *rabbitkit.Publisher, handle rabbitkit.Handler, log *slog.Logger, metrics prometheus.Registerer) *rabbitkit.Consumer {
				config := rabbitkit.ConsumerConfig{Service: service, Concurrency: c.Consumers, Log: log, Registerer: metrics}
				return rabbitkit.NewConsumer(connected.consuming, dead, config, handle)
			},
			func(c *rabbitkit.Consumer) checks {
				return checks{Check: httpkit.Check{
					Name: "consumer", Optional: bool(need), Probe: func(context.Context) error { return c.Ready() },
				}}
			},
		),
		fx.Invoke(func(s *Stages, c *rabbitkit.Consumer, migrated Migrated, log *slog.Logger) {
			s.Background(Work, AfterMigration(migrated, func(ctx context.Context) {
				if err := c.Run(context.WithoutCancel(ctx)); err != nil {
					log.ErrorContext(ctx, "the consumer ended", "error", err)
				}
			}))
			s.Append(Work, fx.Hook{OnStop: func(stop context.Context) error {
				ctx, cancel := before(stop, leaveFor)
				defer cancel()
				return c.Stop(ctx)
			}})
		}),
	)
}
