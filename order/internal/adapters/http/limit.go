package http

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/shared-kernel/httpkit"
)

// sharesOfAll is how many callers can take all places of a limit between them.
const sharesOfAll = 10

// limit counts what is open, up to a bound for all and one for each caller that is
// known: callers without a token can't be told apart.
type limit struct {
	most, share int
	gauge       prometheus.Gauge

	mu   sync.Mutex
	open int
	of   map[string]int // by the subject of the token
}

func newLimit(most int, gauge prometheus.Gauge) *limit {
	return &limit{most: most, share: max(1, most/sharesOfAll), gauge: gauge, of: map[string]int{}}
}

// enter returns how to leave, and whether there was a place.
func (l *limit) enter(caller httpkit.Caller) (leave func(), entered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == l.most || caller.Subject != "" && l.of[caller.Subject] == l.share {
		return nil, false
	}
	l.count(caller.Subject, 1)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.count(caller.Subject, -1)
	}, true
}

// count is called with mu held.
func (l *limit) count(subject string, n int) {
	l.open += n
	l.gauge.Add(float64(n))
	if l.of[subject] += n; l.of[subject] == 0 {
		delete(l.of, subject)
	}
}
