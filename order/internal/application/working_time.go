package application

import (
	"slices"
	"time"
)

// WorkingTime is when the service could follow its sagas. The zero value is never.
type WorkingTime struct {
	spans []span // oldest first, apart from each other
}

type span struct{ from, until time.Time }

// Worked returns the working time of a service that has worked all the while.
func Worked(from, until time.Time) *WorkingTime {
	return &WorkingTime{spans: []span{{from, until}}}
}

// Add adds a span to those before it. A clock that was set back has it forget
// them: they were counted by another one.
func (w *WorkingTime) Add(from, until time.Time) {
	last := len(w.spans) - 1
	switch {
	case last >= 0 && from.Before(w.spans[last].until):
		w.spans = []span{{from, until}}
	case last >= 0 && from.Equal(w.spans[last].until):
		w.spans[last].until = until
	default:
		w.spans = append(w.spans, span{from, until})
	}
}

// Ago returns the moment after which the service has worked for d, and whether it
// has worked for so long at all. It forgets what came long before: d has to be the
// same in each call.
func (w *WorkingTime) Ago(d time.Duration) (time.Time, bool) {
	for i, s := range slices.Backward(w.spans) {
		if length := s.until.Sub(s.from); length < d {
			d -= length
			continue
		}
		w.spans = slices.Delete(w.spans, 0, i)
		return s.until.Add(-d), true
	}
	return time.Time{}, false
}
