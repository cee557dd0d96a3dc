package bench

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// pages is what PostgreSQL has moved so far: figures that no other program on the
// machine can change.
type pages struct {
	log      float64 // bytes of the write-ahead log
	pictures float64 // pages in it that changed for the first time since a checkpoint
	read     float64 // pages that were not in its own memory
}

func (b *bench) readPages(ctx context.Context) (p pages, err error) {
	conn, err := pgx.Connect(ctx, b.system.stack.AdminURL())
	if err != nil {
		return p, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = conn.QueryRow(ctx, `
		SELECT wal_bytes::float8, wal_fpi::float8, (SELECT sum(blks_read)::float8 FROM pg_stat_database) FROM pg_stat_wal`).
		Scan(&p.log, &p.pictures, &p.read)
	if err != nil {
		return p, fmt.Errorf("ask PostgreSQL what it has written: %w", err)
	}
	return p, nil
}

// Moved is what an order moves, on average.
type Moved struct {
	LogKiB   float64 `json:"log_kib"`
	Pictures float64 `json:"full_pages"`
	Read     float64 `json:"pages_read"`
}

func (p pages) since(before pages, orders int) Moved {
	n := float64(max(orders, 1))
	return Moved{(p.log - before.log) / 1024 / n, (p.pictures - before.pictures) / n, (p.read - before.read) / n}
}
