package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// limitSchema is where the rows are written, so that no service ever reads them.
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
	w, err := b.newRowWork(ctx, batch)
	if err != nil {
		return limit, err
	}
	defer b.endRows(ctx, w)
	took, used, err := b.timed(&w.orders, func(begin time.Time) error { return w.run(ctx, until(begin.Add(b.plan.Bound))) })
	if err != nil {
		return limit, err
	}
	return RowLimit{Batch: batch, PerS: float64(w.orders.Load()) / took, CPU: used[classDatabase]}, nil
}

// rowWork writes the rows of orders into tables of its own.
type rowWork struct {
	writers []*rowWriter
	batch   int
	orders  atomic.Int64 // whose rows are written
}

// newRowWork prepares it. It is ended with endRows.
func (b *bench) newRowWork(ctx context.Context, batch int) (w *rowWork, err error) {
	w = &rowWork{batch: batch}
	for i := range rowWriters {
		writer, err := b.newRowWriter(ctx, i, batch)
		if err != nil {
			b.endRows(ctx, w)
			return nil, fmt.Errorf("write the rows of orders: %w", err)
		}
		w.writers = append(w.writers, writer)
	}
	if err := b.makeTwins(ctx, w.writers); err != nil {
		b.endRows(ctx, w)
		return nil, fmt.Errorf("write the rows of orders: %w", err)
	}
	return w, nil
}

// run writes batch after batch, as they are admitted.
func (w *rowWork) run(ctx context.Context, admit admission) error {
	writing, ctx := errgroup.WithContext(ctx)
	for _, writer := range w.writers {
		writing.Go(func() error {
			for {
				if more, err := admit(ctx); !more || err != nil {
					return err
				}
				if err := writer.write(ctx); err != nil {
					return err
				}
				w.orders.Add(int64(w.batch))
			}
		})
	}
	if err := writing.Wait(); err != nil {
		return fmt.Errorf("write the rows of orders: %w", err)
	}
	return nil
}

func (b *bench) endRows(ctx context.Context, w *rowWork) {
	ctx = context.WithoutCancel(ctx)
	for _, writer := range w.writers {
		writer.close(ctx)
	}
	b.dropTwins(ctx)
}

// makeTwins makes empty tables like those of the services, with all their indexes,
// rules, triggers and settings, and a shelf for each writer: writers that locked the same
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

// makeTwin copies the storage settings and triggers, too, which LIKE leaves out.
func makeTwin(ctx context.Context, database execer, table string) error {
	name := pgx.Identifier{limitSchema, tableName(table)}.Sanitize()
	if _, err := database.Exec(ctx, "CREATE TABLE "+name+" (LIKE "+table+" INCLUDING ALL)"); err != nil {
		return err
	}
	var settings, triggers string
	err := database.QueryRow(ctx, `
		SELECT coalesce('ALTER TABLE ' || $2 || ' SET (' || array_to_string(reloptions, ', ') || ')', ''), coalesce((
			SELECT string_agg(replace(pg_get_triggerdef(oid), ' ON ' || $1 || ' ', ' ON ' || $2 || ' '), ';')
			FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal), '')
		FROM pg_class WHERE oid = $1::regclass`, table, name).Scan(&settings, &triggers)
	if err != nil {
		return err
	}
	_, err = database.Exec(ctx, settings+";"+triggers)
	return err
}

func (b *bench) dropTwins(ctx context.Context) {
	for service := range copied {
		// What it leaves behind ends with the stack.
		_, _ = b.system.databases[service].Exec(ctx, "DROP SCHEMA "+limitSchema+" CASCADE")
	}
}
