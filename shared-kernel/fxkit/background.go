package fxkit

import (
	"context"

	"go.uber.org/fx"

	"orders.internal/shared-kernel/workkit"
)

// Worker runs the pool of T that the service provides, as soon as the database
// is ready.
func Worker[T any]() fx.Option {
	return fx.Invoke(func(s *Stages, pool *workkit.Pool[T], migrated Migrated) {
		s.Background(Work, AfterMigration(migrated, pool.Run))
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

// Background runs work from the service's start until the stage of its stop. Then
// the context of run ends, and run has until the stage's end to return.
func (s *Stages) Background(stage Stage, run func(ctx context.Context)) {
	s.Append(stage, background(run))
}

func background(run func(ctx context.Context)) fx.Hook {
	// Start-up's own context ends when start-up does.
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	return fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				defer close(done)
				run(ctx)
			}()
			return nil
		},
		OnStop: func(stop context.Context) error {
			cancel()
			return await(stop, done)
		},
	}
}

// await returns when done is closed, or with the error of ctx when that ends
// before.
func await(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// closer is the hook of something whose closing takes as long as it takes.
func closer(do func()) fx.Hook {
	return fx.Hook{OnStop: func(stop context.Context) error {
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			do()
		}()
		return await(stop, closed)
	}}
}
