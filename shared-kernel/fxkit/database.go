package fxkit

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/fx"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/httpkit"
	"orders.internal/shared-kernel/pgkit"
)

// Migrated is closed when the database is there and has the newest schema.
type Migrated <-chan struct{}

// Database provides the pool and Migrated. It waits for the database in the
// background and migrates it; a migration that fails ends the service.
func Database(service, url string, migrations fs.FS) fx.Option {
	migrated := make(chan struct{})
	return fx.Options(
		fx.Provide(
			func() (*pgxpool.Pool, error) { return pgkit.NewPool(url, service) },
			func() Migrated { return migrated },
			func(pool *pgxpool.Pool) checks {
				return checks{Check: httpkit.Check{Name: "database", Probe: func(ctx context.Context) error {
					select {
					case <-migrated:
						return pgkit.Ping(ctx, pool)
					default:
						return errs.New(errs.Unavailable, "the database is not migrated yet")
					}
				}}}
			},
		),
		fx.Invoke(func(s *Stages, pool *pgxpool.Pool, log *slog.Logger, end fx.Shutdowner) {
			s.Pool(pool)
			s.Background(Work, func(ctx context.Context) {
				err := pgkit.Migrate(ctx, pool, service, migrations, log)
				switch {
				case err == nil:
					close(migrated)
				case !errors.Is(err, context.Canceled):
					log.ErrorContext(ctx, "the database can't be migrated", "error", err)
					_ = end.Shutdown(fx.ExitCode(1)) // fails only when the service is stopping already
				}
			})
		}),
	)
}

// closePool is what closing a pool may take: it waits for connections that are in
// use, which over a dead one may last. The process leaves then anyway.
const closePool = 500 * time.Millisecond

// Pool has the pool closed when everything that uses it has stopped.
func (s *Stages) Pool(pool *pgxpool.Pool) {
	s.Append(Connections, fx.Hook{OnStop: func(stop context.Context) error {
		ctx, cancel := context.WithTimeout(stop, closePool)
		defer cancel()
		if err := closer(pool.Close).OnStop(ctx); err != nil {
			s.log.WarnContext(ctx, "connections to the database are left open", "in_use", pool.Stat().AcquiredConns())
		}
		return nil
	}})
}

// checks adds one check to those of /readyz.
type checks struct {
	fx.Out
	Check httpkit.Check `group:"checks"`
}
