package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// limitSchema is where the rows are written, so that no service ever sees them.
const limitSchema = "bench"

// rowWriters write at the same time, each over connections of its own.
const rowWriters = 4

// copied are the services' tables that get a twin in limitSchema.
var copied = map[string][]string{
	"order":        {"public.orders", "public.timeline", "public.outbox"},
	"inventory":    {"public.products", "public.reservations", "public.outbox"},
	"payment":      {"public.payments", "public.payments_due", "public.outbox", "gateway.operations"},
	"notification": {"public.notifications", "public.notifications_due"},
}

// rowLimit writes the rows of orders for the plan's time.
func (b *bench) rowLimit(ctx context.Context, batch int) (limit RowLimit, err error) {
	writers := make([]*rowWriter, rowWriters)
	for i := range writers {
		if writers[i], err = b.newRowWriter(ctx, i, batch); err != nil {
			return limit, fmt.Errorf("write the rows of orders: %w", err)
		}
		defer writers[i].close(context.WithoutCancel(ctx))
	}
	if err := b.makeTwins(ctx, writers); err != nil {
		return limit, fmt.Errorf("write the rows of orders: %w", err)
	}
	defer b.dropTwins(context.WithoutCancel(ctx))
	before, err := b.system.readCPU()
	if err != nil {
		return limit, err
	}
	var orders atomic.Int64
	var writing errgroup.Group
	begin := time.Now()
	for _, w := range writers {
		writing.Go(func() error {
			for time.Since(begin) < b.plan.Bound {
				if err := w.write(ctx); err != nil {
					return err
				}
				orders.Add(int64(batch))
			}
			return nil
		})
	}
	if err := writing.Wait(); err != nil {
		return limit, fmt.Errorf("write the rows of orders: %w", err)
	}
	limit = RowLimit{Batch: batch, PerS: float64(orders.Load()) / time.Since(begin).Seconds()}
	limit.CPU, err = b.cost(classDatabase, before, int(orders.Load()))
	return limit, err
}

// makeTwins makes empty tables like those of the services, with all their indexes,
// rules and settings, and a shelf for each writer: writers that locked the same
// products would wait for each other in a circle.
func (b *bench) makeTwins(ctx context.Context, writers []*rowWriter) error {
	for service, tables := range copied {
		database := b.system.databases[service]
		if _, err := database.Exec(ctx, "DROP SCHEMA IF EXISTS "+limitSchema+" CASCADE; CREATE SCHEMA "+limitSchema); err != nil {
			return err
		}
		for _, table := range tables {
			if err := makeTwin(ctx, database, table); err != nil {
				return fmt.Errorf("copy %s: %w", table, err)
			}
		}
	}
	for _, w := range writers {
		_, err := b.system.databases["inventory"].Exec(ctx, `
			INSERT INTO `+limitSchema+`.products (product_id, available, reserved, sold, updated_at)
			SELECT unnest($1::text[]), $2, 0, 0, now()`, w.products, stockedWith)
		if err != nil {
			return err
		}
	}
	return nil
}

// makeTwin copies the storage settings, too, which LIKE leaves out.
func makeTwin(ctx context.Context, database execer, table string) error {
	name := pgx.Identifier{limitSchema, tableName(table)}.Sanitize()
	if _, err := database.Exec(ctx, "CREATE TABLE "+name+" (LIKE "+table+" INCLUDING ALL)"); err != nil {
		return err
	}
	var settings *string
	err := database.QueryRow(ctx, `SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = $1::text::regclass`, table).Scan(&settings)
	if err != nil || settings == nil {
		return err
	}
	_, err = database.Exec(ctx, "ALTER TABLE "+name+" SET ("+*settings+")")
	return err
}

func (b *bench) dropTwins(ctx context.Context) {
	for service := range copied {
		// What it leaves behind ends with the stack.
		_, _ = b.system.databases[service].Exec(ctx, "DROP SCHEMA "+limitSchema+" CASCADE")
	}
}
