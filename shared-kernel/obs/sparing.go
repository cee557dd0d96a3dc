package obs

import (
	"sync"
	"time"
)

// Sparing spares the log lines that say the same: while something is away, whatever
// needs it fails alike, hundreds of times a second.
type Sparing struct {
	every time.Duration
	now   func() time.Time

	mu   sync.Mutex
	last time.Time // a line was written
	left int       // lines that were not, since then
}

// NewSparing lets one line through in the time given.
func NewSparing(every time.Duration, now func() time.Time) *Sparing {
	return &Sparing{every: every, now: now}
}

// Turn reports whether a line may be written, and how many were left out since the
// last one.
func (s *Sparing) Turn() (left int, yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if passed := now.Sub(s.last); passed >= 0 && passed < s.every { // below 0: the clock was set back
		s.left++
		return 0, false
	}
	left, s.left, s.last = s.left, 0, now
	return left, true
}
