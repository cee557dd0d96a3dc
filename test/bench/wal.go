package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// mostSegments of PostgreSQL's log are kept for reuse by min_wal_size, less those in use.
const mostSegments = 60

// reuseLog leaves PostgreSQL's log as it is after the database has run for a while: with
// segments to write over. A new one is filled with zeros first, so until the checkpoint
// after its first gigabyte a database writes all of its log twice
// (https://www.postgresql.org/docs/current/wal-configuration.html).
func (b *bench) reuseLog(ctx context.Context) error {
	done := b.progress.Step(fmt.Sprintf("leaving %d segments of PostgreSQL's log for reuse", b.plan.Segments))
	var statements []string
	for range b.plan.Segments {
		statements = append(statements, "SELECT pg_logical_emit_message(false, 'bench', '')", "SELECT pg_switch_wal()")
	}
	err := b.withoutCheckpoints(ctx, func() error { return b.admin(ctx, statements...) })
	if err == nil {
		err = b.admin(ctx, "CHECKPOINT")
	}
	if err != nil {
		done("")
		return err
	}
	left, err := b.segmentsForReuse(ctx)
	if err == nil && left < b.plan.Segments {
		err = fmt.Errorf("%d segments of PostgreSQL's log are left for reuse, not %d: is its min_wal_size less than 1GB?", left, b.plan.Segments)
	}
	done(fmt.Sprintf("%d segments", left))
	return err
}

// segmentsForReuse counts those after the present one.
func (b *bench) segmentsForReuse(ctx context.Context) (n int, err error) {
	const query = `SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_lsn())`
	err = b.asAdmin(ctx, func(conn *pgx.Conn) error { return conn.QueryRow(ctx, query).Scan(&n) })
	if err != nil {
		return 0, fmt.Errorf("count the segments of PostgreSQL's log: %w", err)
	}
	return n, nil
}

// withoutCheckpoints keeps the size of the log from causing any.
func (b *bench) withoutCheckpoints(ctx context.Context, do func() error) error {
	err := b.admin(ctx, "ALTER SYSTEM SET max_wal_size = '16GB'", "SELECT pg_reload_conf()")
	if err == nil {
		err = do()
	}
	return errors.Join(err, b.admin(context.WithoutCancel(ctx), "ALTER SYSTEM RESET max_wal_size", "SELECT pg_reload_conf()"))
}
