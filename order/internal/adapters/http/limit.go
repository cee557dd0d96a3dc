package http

import "github.com/prometheus/client_golang/prometheus"

// limit counts what is open, up to a bound.
type limit struct {
	places chan struct{}
	open   prometheus.Gauge
}

func newLimit(most int, open prometheus.Gauge) *limit {
	return &limit{places: make(chan struct{}, most), open: open}
}

// enter returns how to leave, and whether there was a place.
func (l *limit) enter() (leave func(), entered bool) {
	select {
	case l.places <- struct{}{}:
	default:
		return nil, false
	}
	l.open.Inc()
	return func() {
		l.open.Dec()
		<-l.places
	}, true
}
