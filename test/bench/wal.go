package bench

import (
	"context"
	"fmt"
)

// reuseLog leaves PostgreSQL's log as it is after the database has run for a while: with
// segments to write over. A new one is filled with zeros first, so until the checkpoint
// after its first gigabyte a database writes all of its log twice
// (https://www.postgresql.org/docs/current/wal-configuration.html).
func (b *bench) reuseLog(ctx context.Context) error {
	done := b.progress.Step(fmt.Sprintf("leaving %d segments of PostgreSQL's log for reuse", b.plan.Segments))
	defer done("")
	statements := []string{"ALTER SYSTEM SET min_wal_size = '1GB'", "SELECT pg_reload_conf()"}
	for range b.plan.Segments {
		statements = append(statements, "SELECT pg_logical_emit_message(false, 'bench', '')", "SELECT pg_switch_wal()")
	}
	return b.admin(ctx, append(statements, "CHECKPOINT")...)
}
