// Package wiring puts the inventory service together.
package wiring

import (
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/fx"

	"orders.internal/inventory/internal/adapters/http"
	"orders.internal/inventory/internal/adapters/postgres"
	"orders.internal/inventory/internal/adapters/rabbitmq"
	"orders.internal/inventory/internal/application"
	"orders.internal/migrations"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/fxkit"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

const service = contracts.ServiceInventory

// Module is the whole service.
func Module(c Config) fx.Option {
	return fx.Options(
		fxkit.Base(service, c.Common),
		fxkit.Database(service, c.DatabaseURL, migrations.Of(service)),
		fxkit.Broker(service, c.AMQPURL, fxkit.Required),
		fxkit.Outbox(service, rabbitmq.ToData),
		fx.Provide(
			fx.Annotate(newReservations, fx.As(new(application.Reservations))),
			fx.Annotate(postgres.NewProducts, fx.As(new(application.Products))),
			application.NewReadProducts,
			application.NewListReservations,
			newSetStock,
			newSagaUseCases,
			rabbitmq.NewHandler,
			fx.Annotate(http.NewHandlers, fx.As(new(fxkit.Routes))),
		),
		fxkit.Consumer(service, c.Common, fxkit.Required),
		fxkit.DeadLetters(service, c.AMQPURL),
		fxkit.Docs(http.OpenAPI),
		fxkit.HTTP(c.Common),
	)
}

func newReservations(pool *pgxpool.Pool, encode outbox.Encoder, now fxkit.Clock, relay *outbox.Relay, most pgkit.GroupOption) *postgres.Reservations {
	return postgres.NewReservations(pool, encode, now, relay.Hand, most)
}

func newSetStock(products application.Products, now fxkit.Clock) *application.SetStock {
	return application.NewSetStock(products, now)
}

func newSagaUseCases(reservations application.Reservations, now fxkit.Clock) rabbitmq.UseCases {
	return rabbitmq.UseCases{
		Reserve: application.NewReserveStock(reservations, now),
		Release: application.NewReleaseStock(reservations, now),
		Commit:  application.NewCommitStock(reservations, now),
	}
}
