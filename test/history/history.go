// Package history fills the databases of a system with orders of the past: with
// all that they left behind in the four services, as if they had been sold over
// the last year, and on request with still older ones that are in the table of
// orders alone.
//
// It writes with COPY, past the services; they should not run meanwhile, because
// the order service would tell its listeners of every line of the timeline.
package history

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/stack/console"
)

// Volume is how much is filled in.
type Volume struct {
	Orders   int      // with all their rows
	More     int      // in the table of orders alone
	Products []string // that they were for
	Seed     uint64
}

const (
	// The past ends a day ago and begins a year before that; what is in the table
	// of orders alone is from the two years before.
	ended    = 24 * time.Hour
	span     = 365 * 24 * time.Hour
	moreSpan = 2 * span

	chunk     = 20_000 // orders, of one COPY
	tellEvery = 5 * time.Second
)

// Fill writes the past into the services' databases, whose tables are there, and
// returns how many rows these are. Afterwards the tables are in the state in which
// autovacuum keeps those that have grown slowly.
func Fill(ctx context.Context, databases map[string]*pgxpool.Pool, v Volume, progress *console.Progress) (rows int64, err error) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	recent := period{Volume: v, begin: now.Add(-ended - span), step: span / time.Duration(max(v.Orders, 1))}
	earlier := period{Volume: v, begin: recent.begin.Add(-moreSpan), step: moreSpan / time.Duration(max(v.More, 1)), first: v.Orders}
	sold := stock{}

	var f filling
	told := f.tell(progress, v)
	g, filling := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := f.fill(filling, databases[contracts.ServiceOrder], earlier, v.More, orders); err != nil {
			return err
		}
		return f.fill(filling, databases[contracts.ServiceOrder], recent, v.Orders, orders, timeline)
	})
	g.Go(func() error {
		if err := f.fill(filling, databases[contracts.ServiceInventory], recent, v.Orders, sold.counting(reservations)); err != nil {
			return err
		}
		return sold.save(filling, databases[contracts.ServiceInventory], now)
	})
	g.Go(func() error {
		return f.fill(filling, databases[contracts.ServicePayment], recent, v.Orders, payments, operations)
	})
	g.Go(func() error {
		return f.fill(filling, databases[contracts.ServiceNotification], recent, v.Orders, notifications)
	})
	err = g.Wait()
	told()
	if err != nil {
		return f.rows.Load(), fmt.Errorf("fill in old orders: %w", err)
	}
	return f.rows.Load(), settle(ctx, databases, progress)
}

// filling is how far it is.
type filling struct{ rows, steps atomic.Int64 }

// tell prints how far it is until the returned function is called.
func (f *filling) tell(progress *console.Progress, v Volume) (done func()) {
	over, told := make(chan struct{}), make(chan struct{})
	steps := len(contracts.Services)*v.Orders + v.More // an order is a step in each database
	go func() {
		defer close(told)
		tick := time.NewTicker(tellEvery)
		defer tick.Stop()
		for before := int64(0); ; {
			select {
			case <-over:
				return
			case <-tick.C:
				rows := f.rows.Load()
				progress.Say("    %d%%: %d rows (%.0f/s)", 100*f.steps.Load()/int64(steps), rows, float64(rows-before)/tellEvery.Seconds())
				before = rows
			}
		}
	}()
	return func() {
		close(over)
		<-told
	}
}

// settle brings the statistics and the visibility of rows up to date, as they are
// where rows came slowly.
func settle(ctx context.Context, databases map[string]*pgxpool.Pool, progress *console.Progress) error {
	progress.Say("    all rows are there; vacuuming")
	g, ctx := errgroup.WithContext(ctx)
	for service, database := range databases {
		g.Go(func() error {
			if _, err := database.Exec(ctx, "VACUUM (ANALYZE)"); err != nil {
				return fmt.Errorf("vacuum the database of %s: %w", service, err)
			}
			return nil
		})
	}
	return g.Wait()
}
