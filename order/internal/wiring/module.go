// Package wiring puts the order service together.
package wiring

import (
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"orders.internal/migrations"
	"orders.internal/order/internal/adapters/cache"
	"orders.internal/order/internal/adapters/cleaner"
	"orders.internal/order/internal/adapters/console"
	"orders.internal/order/internal/adapters/feed"
	"orders.internal/order/internal/adapters/http"
	"orders.internal/order/internal/adapters/monitor"
	"orders.internal/order/internal/adapters/postgres"
	"orders.internal/order/internal/adapters/rabbitmq"
	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/fxkit"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

const service = contracts.ServiceOrder

// heartbeat is shorter than the time after which proxies give up a silent stream.
const heartbeat = 15 * time.Second

// Module is the whole service. It can take orders without the broker, so it is
// ready, if degraded, without one.
func Module(c Config) fx.Option {
	return fx.Options(
		fxkit.Base(service, c.Common),
		fxkit.Database(service, c.DatabaseURL, migrations.Of(service)),
		fxkit.Broker(service, c.AMQPURL, fxkit.Optional),
		fxkit.Outbox(service, rabbitmq.ToData),
		fx.Provide(
			fx.Annotate(newStore, fx.As(fx.Self()), fx.As(new(application.Keys))),
			func(store *postgres.Orders, metrics prometheus.Registerer) (application.Orders, error) {
				return newOrders(store, c.OrderCacheSize, metrics)
			},
			func(m *outbox.Monitor) application.Backlog { return backlog{monitor: m, most: c.OutboxMaxBacklog} },
			func(now fxkit.Clock, log *slog.Logger) *application.Pace { return newPace(c, now, log) },
			newPlaceOrder,
			newCancelOrder,
			application.NewReadOrders,
			newSagaUseCases,
			rabbitmq.NewHandler,
			fx.Annotate(newLink, fx.As(new(monitor.Link))),
			func(orders application.Orders, now fxkit.Clock) *application.ExpireOrders {
				return application.NewExpireOrders(orders, c.SagaTimeout, now)
			},
			newMonitor,
			newCleaner,
			fx.Annotate(postgres.NewJournal, fx.As(fx.Self()), fx.As(new(application.Journal))),
			fx.Annotate(newHub, fx.As(fx.Self()), fx.As(new(application.Feed))),
			application.NewAwaitEnd,
			application.NewReadTimeline,
			application.NewFollowOrders,
			func() http.FollowSettings {
				return http.FollowSettings{Streams: c.StreamsMax, Waits: c.WaitsMax, Heartbeat: heartbeat}
			},
			http.NewFollowing,
			fx.Annotate(http.NewHandlers, fx.As(new(fxkit.Routes))),
			func() console.Settings { return console.Settings{Authentication: c.Auth.On(), URLs: c.neighbours()} },
			fx.Annotate(console.New, fx.As(new(fxkit.Routes)), fx.ResultTags(`group:"routes"`)),
		),
		fxkit.Consumer(service, c.Common, fxkit.Optional),
		fxkit.DeadLetters(service, c.AMQPURL),
		fxkit.Docs(http.OpenAPI),
		fx.Invoke(runMonitor, runHub, runCleaner),
		fxkit.HTTP(c.Common),
	)
}

func newStore(pool *pgxpool.Pool, encode outbox.Encoder, relay *outbox.Relay, hub *feed.Hub, most pgkit.GroupOption) *postgres.Orders {
	return postgres.NewOrders(pool, encode, func(messages []outbox.Message) {
		relay.Hand(messages)
		hub.Wake()
	}, most)
}

func newHub(journal *postgres.Journal, metrics prometheus.Registerer, log *slog.Logger) *feed.Hub {
	return feed.NewHub(journal, metrics, log)
}

func runHub(s *fxkit.Stages, hub *feed.Hub, migrated fxkit.Migrated) {
	s.Background(fxkit.Work, fxkit.AfterMigration(migrated, hub.Run))
}

// newOrders puts a cache before the store, unless its size is 0.
func newOrders(store *postgres.Orders, size int, metrics prometheus.Registerer) (application.Orders, error) {
	if size == 0 {
		return store, nil
	}
	return cache.NewOrders(store, size, metrics)
}

func newPace(c Config, now fxkit.Clock, log *slog.Logger) *application.Pace {
	return application.NewPace(c.OrderWaitMax, now, func(behind bool) {
		if behind {
			log.Warn("orders take too long to end; as many are taken as end", "longer_than", c.OrderWaitMax)
		} else {
			log.Info("all orders are taken again")
		}
	})
}

func newPlaceOrder(orders application.Orders, backlog application.Backlog, pace *application.Pace, id fxkit.NewID, now fxkit.Clock) *application.PlaceOrder {
	return application.NewPlaceOrder(orders, backlog, pace, func() domain.OrderID { return domain.OrderID(id()) }, now)
}

func newCancelOrder(orders application.Orders, pace *application.Pace, now fxkit.Clock) *application.CancelOrder {
	return application.NewCancelOrder(orders, pace, now)
}

func newMonitor(expire *application.ExpireOrders, l monitor.Link, now fxkit.Clock, log *slog.Logger) *monitor.Monitor {
	return monitor.New(expire, l, now, log)
}

func runMonitor(s *fxkit.Stages, m *monitor.Monitor, migrated fxkit.Migrated) {
	s.Background(fxkit.Work, fxkit.AfterMigration(migrated, m.Run))
}

func newCleaner(keys application.Keys, now fxkit.Clock, log *slog.Logger) *cleaner.Cleaner {
	return cleaner.New(application.NewForgetKeys(keys, now), log)
}

func runCleaner(s *fxkit.Stages, c *cleaner.Cleaner, migrated fxkit.Migrated) {
	s.Background(fxkit.Work, fxkit.AfterMigration(migrated, c.Run))
}

func newSagaUseCases(orders application.Orders, pace *application.Pace, now fxkit.Clock) rabbitmq.UseCases {
	return rabbitmq.UseCases{
		Confirm: application.NewConfirmOrder(orders, pace, now),
		Fail:    application.NewFailOrder(orders, pace, now),
		Refund:  application.NewRecordRefund(orders, now),
		Observe: application.NewObserveEvent(orders),
	}
}
