package pgkit

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"orders.internal/shared-kernel/errs"
)

// lockTries is for how many seconds a replica waits while another one migrates.
const lockTries = 600

// Migrate brings the database to the newest of the SQL migrations in files, and
// records them in the table <service>_migrations. Replicas that start together
// take turns. While the database can't be reached it waits, until ctx ends, and
// begins anew when it falls silent for half a minute in the middle; a migration
// itself may take as long as it needs. Any other failure (a broken migration) is
// returned.
func Migrate(ctx context.Context, pool *pgxpool.Pool, service string, files fs.FS, log *slog.Logger) error {
	return migrate(ctx, pool, service, files, log, migrationWatch)
}

func migrate(ctx context.Context, pool *pgxpool.Pool, service string, files fs.FS, log *slog.Logger, w watch) error {
	pause := 100 * time.Millisecond
	for {
		err := migrateOnce(ctx, pool, service, files, log, w)
		if !errs.Is(err, errs.Unavailable) {
			return err
		}
		log.WarnContext(ctx, "waiting for the database", "error", err, "next_try_in", pause)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			pause = min(2*pause, 2*time.Second)
		}
	}
}

func migrateOnce(ctx context.Context, pool *pgxpool.Pool, service string, files fs.FS, log *slog.Logger, w watch) error {
	if err := Ping(ctx, pool); err != nil {
		return err
	}
	// The locker serves one run only.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, lockTries))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	db := stdlib.OpenDB(*patient(pool))
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(service+"_migrations"),
		goose.WithSessionLocker(locker),
		goose.WithDisableGlobalRegistry(true),
	)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	watched, stop := w.over(ctx, pool)
	defer stop()
	applied, err := provider.Up(watched)
	if err != nil {
		return Translate(fmt.Errorf("migrate: %w", because(watched, err)))
	}
	pool.Reset() // for its connections to know the types that came with them
	for _, m := range applied {
		log.InfoContext(ctx, "migration applied", "file", m.Source.Path, "duration", m.Duration)
	}
	return nil
}

// patient returns how to connect with all the time that locks may take: an index that
// is made beside other work waits for all transactions before it.
func patient(pool *pgxpool.Pool) *pgx.ConnConfig {
	config := pool.Config().ConnConfig
	delete(config.RuntimeParams, "lock_timeout")
	return config
}
