package http

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// sharesOfAll is how many customers can take all places of a limit between them.
const sharesOfAll = 10

// limit counts what is open, up to a bound for all and one for each customer. Callers
// without a token can't be told apart, and one that may see everybody's orders may be a
// shop that waits for thousands of customers.
type limit struct {
	most, share int
	gauge       prometheus.Gauge

	mu   sync.Mutex
	open int
	of   map[string]int // by customer
}

func newLimit(most int, gauge prometheus.Gauge) *limit {
	return &limit{most: most, share: max(1, most/sharesOfAll), gauge: gauge, of: map[string]int{}}
}

// enter returns how to leave, and whether there was a place. customer is whom the caller
// is confined to, "" when it isn't (authkit.Customer).
func (l *limit) enter(customer string) (leave func(), entered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == l.most || customer != "" && l.of[customer] == l.share {
		return nil, false
	}
	l.count(customer, 1)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.count(customer, -1)
	}, true
}

// count is called with mu held.
func (l *limit) count(customer string, n int) {
	l.open += n
	l.gauge.Add(float64(n))
	if l.of[customer] += n; l.of[customer] == 0 {
		delete(l.of, customer)
	}
}
