// Package wiring puts the notification service together.
package wiring

import (
	"math/rand/v2"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/fx"

	"orders.internal/migrations"
	"orders.internal/notification/internal/adapters/http"
	"orders.internal/notification/internal/adapters/log"
	"orders.internal/notification/internal/adapters/postgres"
	"orders.internal/notification/internal/adapters/rabbitmq"
	"orders.internal/notification/internal/adapters/worker"
	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/fxkit"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/workkit"
)

const service = contracts.ServiceNotification

// Module is the whole service. It publishes no events, so it has no outbox.
func Module(c Config) fx.Option {
	return fx.Options(
		fxkit.Base(service, c.Common),
		fxkit.Database(service, c.DatabaseURL, migrations.Of(service)),
		fxkit.Broker(service, c.AMQPURL, fxkit.Required),
		fx.Provide(
			workkit.NewSignal,
			fx.Annotate(newNotifications, fx.As(new(application.Notifications))),
			fx.Annotate(log.NewNotifier, fx.As(new(application.Notifier))),
			newRecordNotification,
			newClaimDue,
			newDeliver,
			application.NewListNotifications,
			rabbitmq.NewHandler,
			worker.New,
			fx.Annotate(http.NewHandlers, fx.As(new(fxkit.Routes))),
		),
		fxkit.Worker[application.Claimed](),
		fxkit.Consumer(service, c.Common, fxkit.Required),
		fxkit.DeadLetters(service, c.AMQPURL),
		fxkit.Docs(http.OpenAPI),
		fxkit.HTTP(c.Common),
	)
}

func newNotifications(pool *pgxpool.Pool, signal *workkit.Signal, most pgkit.GroupOption) *postgres.Notifications {
	return postgres.NewNotifications(pool, signal.Raise, most)
}

func newRecordNotification(notifications application.Notifications, hands *workkit.Pool[application.Claimed], now fxkit.Clock) *application.RecordNotification {
	return application.NewRecordNotification(notifications, hands, now)
}

func newClaimDue(notifications application.Notifications, now fxkit.Clock) *application.ClaimDue {
	return application.NewClaimDue(notifications, now)
}

func newDeliver(notifications application.Notifications, notifier application.Notifier, now fxkit.Clock) *application.Deliver {
	return application.NewDeliver(notifications, notifier, now, rand.Float64)
}
