package pgkit

import (
	"runtime"
	"time"
)

const (
	// manyCalls in one transaction say that a group is busy.
	manyCalls = 4
	// longestGap bounds what a slow transaction costs the next one.
	longestGap = 5 * time.Millisecond
)

// gather lets those go first who are about to call: after a commit its callers
// bring what they have next, and are better off in one transaction than in two.
// It waits for nobody who isn't running already. It returns how many wait then.
func (g *Group[T]) gather() (waiting int) {
	for before := -1; ; {
		g.mu.Lock()
		waiting = len(g.waiting)
		g.mu.Unlock()
		if waiting == before || waiting >= g.most {
			return waiting
		}
		before = waiting
		runtime.Gosched()
	}
}

// transaction is what the gap behind it goes by. One that was run again in halves counts as
// one. The zero value stands for none, and for one that an outage ended: the next call is to
// find out whether it is over.
type transaction struct {
	calls int
	took  time.Duration
}

// gap is how long the next transaction, for which so many wait, leaves the processors to
// others, so that it carries more calls: as long as a large last one took, 5 ms at most. When
// nobody waits, the next call begins at once. When as many wait as the last one had, they may
// be all who call.
func (last transaction) gap(waiting int) time.Duration {
	if last.calls < manyCalls || waiting == 0 || waiting >= last.calls {
		return 0
	}
	return min(last.took, longestGap)
}
