package fxkit

import (
	"context"

	"go.uber.org/fx"

	"orders.internal/shared-kernel/workkit"
)

// Worker runs the pool of T that the service provides, as soon as the database
// is ready.
func Worker[T any]() fx.Option {
	return fx.Invoke(func(lc fx.Lifecycle, pool *workkit.Pool[T], migrated Migrated) {
		Background(lc, AfterMigration(migrated, pool.Run))
	})
}

// AfterMigration returns run, put off until the database is ready. It does
// nothing when its context ends before that.
func AfterMigration(migrated Migrated, run func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		select {
		case <-migrated:
			run(ctx)
		case <-ctx.Done():
		}
	}
}

// Background runs work from the service's start until its stop. On stop the
// context of run ends, and run has until the stop's deadline to return.
func Background(lc fx.Lifecycle, run func(ctx context.Context)) {
	// Start-up's own context ends when start-up does.
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	lc.Append(fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				defer close(done)
				run(ctx)
			}()
			return nil
		},
		OnStop: func(stop context.Context) error {
			cancel()
			select {
			case <-done:
				return nil
			case <-stop.Done():
				return stop.Err()
			}
		},
	})
}
