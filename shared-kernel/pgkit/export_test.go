package pgkit

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// MigrateWatched is Migrate with less patience with a silent database.
func MigrateWatched(ctx context.Context, pool *pgxpool.Pool, files fs.FS, log *slog.Logger, every, most time.Duration) error {
	return migrate(ctx, pool, "test", files, log, watch{every: every, most: most})
}
