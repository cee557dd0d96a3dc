package sim

import (
	"context"
	"runtime"
	"sync"

	"orders.internal/shared-kernel/simkit"
)

// Search makes the runs of so many seeds, beginning with from, on all
// processors. It stops at a seed that fails and returns the lowest that does,
// nil when none does or ctx ends first. Each finished run is handed to finished,
// one at a time.
func Search(ctx context.Context, from uint64, seeds int, missing simkit.Protection, finished func(Result)) *Result {
	var mu sync.Mutex
	next, end := from, from+uint64(seeds)
	var failed *Result
	take := func() (seed uint64, more bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == end || failed != nil || ctx.Err() != nil {
			return 0, false
		}
		next++
		return next - 1, true
	}
	give := func(r Result) {
		mu.Lock()
		defer mu.Unlock()
		finished(r)
		if len(r.Violations) > 0 && (failed == nil || r.Seed < failed.Seed) {
			failed = &r
		}
	}
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for seed, more := take(); more; seed, more = take() {
				give(Run(seed, missing))
			}
		})
	}
	all.Wait()
	return failed
}
