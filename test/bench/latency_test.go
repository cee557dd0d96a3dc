package bench

import (
	"math"
	"testing"
	"time"
)

func TestLatencyOfKnownValues(t *testing.T) {
	h := newHistogram()
	for ms := range 1000 {
		h.record(time.Duration(ms+1) * time.Millisecond)
	}
	l := h.latency()
	for name, c := range map[string][2]float64{
		"p50": {l.P50, 500}, "p90": {l.P90, 900}, "p99": {l.P99, 990}, "p99.9": {l.P999, 999}, "max": {l.Max, 1000},
	} {
		if math.Abs(c[0]-c[1]) > c[1]/500 {
			t.Errorf("%s is %v, want %v", name, c[0], c[1])
		}
	}
	if l.Count != 1000 {
		t.Errorf("count %d", l.Count)
	}
}

func TestLatenciesOutOfRangeAreKept(t *testing.T) {
	h := newHistogram()
	h.record(-time.Second)
	h.record(0)
	h.record(time.Hour)
	if l := h.latency(); l.Count != 3 || l.Max < 59_000 {
		t.Errorf("got %+v", l)
	}
	if l := newHistogram().latency(); l != nil {
		t.Errorf("nothing was recorded, but there is %+v", l)
	}
}
