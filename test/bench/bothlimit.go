package bench

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// leastLead is how many orders' rows may always be written ahead of their messages: what the
// writers write at once. A third of what has been sent already may be, too, on whatever machine
// and in however short a turn, and a batch of each writer more. With leastLead alone the writers
// waited for the messages, and less came of it; with no limit the messages would come after the
// rows.
var leastLead = int64(rowWriters * rowBatches[len(rowBatches)-1])

func lead(messages int64) int64 { return max(leastLead, messages/3) }

// admission waits until the next work may begin, and tells whether there is any.
type admission func(ctx context.Context) (more bool, err error)

// until admits all work until the time given.
func until(end time.Time) admission {
	return func(context.Context) (bool, error) { return time.Now().Before(end), nil }
}

// ahead admits the rows of the next orders until the time given, while they are not too far
// ahead of the messages.
func ahead(rows, messages *atomic.Int64, end time.Time) admission {
	tooFar := func() bool {
		sent := messages.Load()
		return rows.Load()-sent > lead(sent)
	}
	return func(ctx context.Context) (bool, error) {
		for tooFar() && time.Now().Before(end) {
			if err := sleep(ctx, tick); err != nil {
				return false, err
			}
		}
		return time.Now().Before(end), nil
	}
}

// behind admits the messages of the next order as soon as its rows are written, as a system has
// to send them, until there are no more.
func behind(messages, rows *atomic.Int64, written <-chan struct{}) admission {
	return func(ctx context.Context) (bool, error) {
		for messages.Load() >= rows.Load() {
			select {
			case <-written:
				return messages.Load() < rows.Load(), nil // the last may have come just now
			default:
			}
			if err := sleep(ctx, tick); err != nil {
				return false, err
			}
		}
		return true, nil
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
	took, used, err := b.timed(&rows.orders, func(begin time.Time) error {
		written := make(chan struct{})
		var both errgroup.Group
		both.Go(func() error {
			defer close(written)
			return rows.run(ctx, ahead(&rows.orders, &messages.orders, begin.Add(b.plan.Bound)))
		})
		both.Go(func() error { return messages.run(behind(&messages.orders, &rows.orders, written)) })
		return both.Wait()
	})
	if err := errors.Join(err, messages.end()); err != nil {
		return limit, err
	}
	return BothLimit{PerS: float64(rows.orders.Load()) / took, CPU: used}, nil
}
