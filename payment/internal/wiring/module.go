// Package wiring puts the payment service together.
package wiring

import (
	"log/slog"
	"math/rand/v2"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"orders.internal/migrations"
	"orders.internal/payment/internal/adapters/gateway"
	"orders.internal/payment/internal/adapters/http"
	"orders.internal/payment/internal/adapters/postgres"
	"orders.internal/payment/internal/adapters/rabbitmq"
	"orders.internal/payment/internal/adapters/worker"
	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/fxkit"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/workkit"
)

const service = contracts.ServicePayment

// Module is the whole service.
func Module(c Config) fx.Option {
	return fx.Options(
		fxkit.Base(service, c.Common),
		fxkit.Database(service, c.DatabaseURL, migrations.Of(service)),
		fxkit.Broker(service, c.AMQPURL, fxkit.Required),
		fxkit.Outbox(service, rabbitmq.ToData),
		fx.Supply(c),
		fx.Provide(
			workkit.NewSignal,
			fx.Annotate(newPayments, fx.As(new(application.Payments))),
			fx.Annotate(newProvider, fx.As(new(gateway.Provider)), fx.As(new(application.Ledger))),
			fx.Annotate(newGateway, fx.As(new(application.Gateway))),
			application.NewReadPayments,
			application.NewReadLedger,
			newHandler,
			newWorker,
			fx.Annotate(http.NewHandlers, fx.As(new(fxkit.Routes))),
		),
		fxkit.Worker[application.Claimed](),
		fxkit.Consumer(service, c.Common, fxkit.Required),
		fxkit.DeadLetters(service, c.AMQPURL),
		fxkit.Docs(http.OpenAPI),
		fxkit.HTTP(c.Common),
	)
}

func newPayments(pool *pgxpool.Pool, encode outbox.Encoder, relay *outbox.Relay, due *workkit.Signal, most pgkit.GroupOption) *postgres.Payments {
	return postgres.NewPayments(pool, encode, relay.Hand, due.Raise, most)
}

// newProvider gives the provider connections of its own; it has nothing in
// common with the service but the server.
func newProvider(s *fxkit.Stages, c Config, id fxkit.NewID, most pgkit.GroupOption) (*gateway.Simulated, error) {
	pool, err := pgkit.NewPool(c.DatabaseURL, service+"-gateway")
	if err != nil {
		return nil, err
	}
	s.Pool(pool)
	return gateway.NewSimulated(pool, gateway.Behavior{
		SuccessRate: c.PaymentSuccessRate, Latency: c.PaymentGatewayLatency, Random: rand.Float64, NewID: id,
	}, most), nil
}

func newGateway(c Config, provider gateway.Provider, log *slog.Logger, metrics prometheus.Registerer) *gateway.Resilient {
	return gateway.NewResilient(provider, c.patience(), gateway.NewBreaker(log, metrics), log)
}

func newHandler(c Config, payments application.Payments, hands *workkit.Pool[application.Claimed], now fxkit.Clock) rabbitkit.Handler {
	return rabbitmq.NewHandler(application.NewRequestPayment(payments, hands, c.lease(), now), application.NewCancelPayment(payments, now))
}

func newWorker(c Config, due *workkit.Signal, payments application.Payments, g application.Gateway, now fxkit.Clock, log *slog.Logger) *workkit.Pool[application.Claimed] {
	claim := application.NewClaimDue(payments, c.lease(), now)
	return worker.New(due, claim, application.NewSettlePayment(payments, g, now), c.PaymentConcurrency, log)
}
