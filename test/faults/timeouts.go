package faults

import (
	"fmt"
	"slices"
	"time"
)

// starvation is a time in which orders could not go on.
type starvation struct {
	from, to time.Time
	timeout  time.Duration // the SAGA_TIMEOUT meanwhile
}

// starvations are those that the rounds brought about.
func (r Report) starvations() []starvation {
	var all []starvation
	for _, round := range r.Rounds {
		if round.Round.TimesOut && !round.Began.IsZero() {
			all = append(all, starvation{round.Began, round.Began.Add(round.Lasted), round.Round.SagaTimeout})
		}
	}
	return all
}

// explains tells whether an order that timed out was pending in that time.
func (s starvation) explains(o order) bool {
	return !o.CreatedAt.After(s.to) && !o.CreatedAt.Add(s.timeout).Before(s.from)
}

// checkTimeouts: an order that times out for no such reason has lost an event,
// and one that doesn't where there is a reason was never waited for.
func checkTimeouts(orders []order, starved []starvation) (problems []string) {
	explained := make([]int, len(starved))
	for _, o := range orders {
		if o.end() != timedOut {
			continue
		}
		i := slices.IndexFunc(starved, func(s starvation) bool { return s.explains(o) })
		if i < 0 {
			problems = append(problems, fmt.Sprintf("order %s of %s timed out, and nothing kept it", o.ID, o.CreatedAt))
			continue
		}
		explained[i]++
	}
	for i, s := range starved {
		if explained[i] == 0 {
			problems = append(problems, fmt.Sprintf("no order timed out from %s to %s, though none could go on", s.from, s.to))
		}
	}
	return problems
}
