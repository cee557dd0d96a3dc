package bench

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// lead is how many orders the rows may be ahead of the messages, or behind them, when both are
// measured at the same time: a system has to do both for each order, but not at once.
const lead = 2048

// admission waits until the next work may begin.
type admission func(ctx context.Context) error

// unhindered admits all work at once.
func unhindered(context.Context) error { return nil }

// abreast admits who is not too far ahead of the other, and everybody from the time given on.
func abreast(mine, other *atomic.Int64, until time.Time) admission {
	return func(ctx context.Context) error {
		for mine.Load()-other.Load() > lead && time.Now().Before(until) {
			if err := sleep(ctx, tick); err != nil {
				return err
			}
		}
		return nil
	}
}

// bothLimit does for the plan's time what a system has to do on the same CPUs.
func (b *bench) bothLimit(ctx context.Context) (limit BothLimit, err error) {
	rows, err := b.newRowWork(ctx, rowBatches[len(rowBatches)-1])
	if err != nil {
		return limit, err
	}
	defer b.endRows(ctx, rows)
	messages, err := b.newMessageWork(ctx)
	if err != nil {
		return limit, err
	}
	before, err := b.system.readCPU()
	if err != nil {
		return limit, errors.Join(err, messages.end())
	}
	begin := time.Now()
	until := begin.Add(b.plan.Bound)
	var both errgroup.Group
	both.Go(func() error { return rows.run(ctx, until, abreast(&rows.orders, &messages.orders, until)) })
	both.Go(func() error { return messages.run(until, abreast(&messages.orders, &rows.orders, until)) })
	err = both.Wait()
	took := time.Since(begin).Seconds()
	if err := errors.Join(err, messages.end()); err != nil {
		return limit, err
	}
	orders := int(min(rows.orders.Load(), messages.orders.Load()))
	limit.PerS = float64(orders) / took
	limit.CPU, err = b.cost(before, orders)
	return limit, err
}
