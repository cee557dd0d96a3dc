package fxkit

import (
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"orders.internal/shared-kernel/deadkit"
	"orders.internal/shared-kernel/rabbitkit"
)

// DeadLetters serves the service's dead letters to operators. The database has
// to have the table dead_letter_actions.
func DeadLetters(service, url string) fx.Option {
	return fx.Options(
		fx.Provide(
			func(pool *pgxpool.Pool, p *rabbitkit.Publisher, now Clock, id NewID, log *slog.Logger, metrics prometheus.Registerer) *deadkit.Keeper {
				return deadkit.New(deadkit.Config{
					Service: service, BrokerURL: url, Publish: p.Publish, Pool: pool, Now: now, NewID: id, Log: log, Registerer: metrics,
				})
			},
			fx.Annotate(deadkit.NewHandlers, fx.As(new(Routes)), fx.ResultTags(`group:"routes"`)),
		),
		fx.Invoke(func(s *Stages, keeper *deadkit.Keeper, migrated Migrated) {
			s.Background(Work, AfterMigration(migrated, keeper.Run))
		}),
	)
}
