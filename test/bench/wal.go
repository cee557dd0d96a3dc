package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// reuseWAL leaves PostgreSQL's WAL as it is after the database has run for a while: with
// segments for reuse, as many as a checkpoint leaves at a max_wal_size of a gigabyte. A new one
// is filled with zeros first, so for its first half a gigabyte a database writes all of it twice
// (https://www.postgresql.org/docs/current/wal-configuration.html).
func (b *bench) reuseWAL(ctx context.Context) error {
	done := b.progress.Step(fmt.Sprintf("leaving %d segments of the WAL for reuse", b.plan.Segments))
	var statements []string
	for range b.plan.Segments {
		statements = append(statements, "SELECT pg_logical_emit_message(false, 'bench', '')", "SELECT pg_switch_wal()")
	}
	err := b.withoutCheckpoints(ctx, func() error { return b.admin(ctx, statements...) })
	if err == nil {
		err = b.admin(ctx, "CHECKPOINT")
	}
	if err == nil {
		b.report.Segments, err = b.segments(ctx)
	}
	if err != nil {
		done("")
		return err
	}
	done(fmt.Sprintf("there are %d", b.report.Segments)) // fewer, if a checkpoint was due meanwhile
	return nil
}

// segments counts those that the WAL comes to next.
func (b *bench) segments(ctx context.Context) (n int, err error) {
	const query = `SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_lsn())`
	err = b.asAdmin(ctx, func(conn *pgx.Conn) error { return conn.QueryRow(ctx, query).Scan(&n) })
	if err != nil {
		return 0, fmt.Errorf("count the segments of the WAL: %w", err)
	}
	return n, nil
}

// withoutCheckpoints keeps the size of the WAL from causing any.
func (b *bench) withoutCheckpoints(ctx context.Context, do func() error) error {
	err := b.admin(ctx, "ALTER SYSTEM SET max_wal_size = '16GB'", "SELECT pg_reload_conf()")
	if err == nil {
		err = do()
	}
	return errors.Join(err, b.admin(context.WithoutCancel(ctx), "ALTER SYSTEM RESET max_wal_size", "SELECT pg_reload_conf()"))
}
