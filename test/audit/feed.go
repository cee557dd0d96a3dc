package audit

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// ahead is how many pages a feed reads before they are asked for.
const ahead = 2

type record interface{ created() time.Time }

// feed is a list that is read in the background, newest first.
type feed[T record] struct {
	pages <-chan []T
	rest  []T
}

// open begins to read. Where that fails, the group does, and the feed just ends.
func open[T record](ctx context.Context, g *errgroup.Group, list string) *feed[T] {
	pages := make(chan []T, ahead)
	g.Go(func() error {
		defer close(pages)
		return each(ctx, list, func(rows []T) error {
			select {
			case pages <- rows:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	})
	return &feed[T]{pages: pages}
}

// until takes what was created at the time or later.
func (f *feed[T]) until(t time.Time, take func(T)) {
	for {
		if len(f.rest) == 0 {
			rows, more := <-f.pages
			if !more {
				return
			}
			f.rest = rows
			continue
		}
		if f.rest[0].created().Before(t) {
			return
		}
		take(f.rest[0])
		f.rest = f.rest[1:]
	}
}
