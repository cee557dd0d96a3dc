package rabbitkit

import (
	"math/rand/v2"
	"time"
)

// backoff is the wait before one more try: doubled each time, up to most, and
// then any time between half of that and all of it, so that many who wait for
// the same thing don't come back at the same moment.
type backoff struct{ first, most time.Duration }

// after returns the wait after the given number of failed tries, at least 1.
func (b backoff) after(failures int) time.Duration {
	wait := b.first
	for i := 1; i < failures && wait < b.most; i++ {
		wait *= 2
	}
	wait = min(wait, b.most)
	return wait/2 + rand.N(wait/2+1)
}
