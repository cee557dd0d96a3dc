package http

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestCustomersHaveAShareEach(t *testing.T) {
	for most, share := range map[int]int{1: 1, 9: 1, 10: 1, 25: 2, 100: 10} {
		gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "open"})
		l := newLimit(most, gauge)
		enter := func(customer string) (taken int, leave []func()) {
			for range most + 1 {
				if out, entered := l.enter(customer); entered {
					taken, leave = taken+1, append(leave, out)
				}
			}
			return taken, leave
		}
		taken, leave := enter("customer-1")
		others, _ := enter("")
		if taken != share || others != most-share {
			t.Errorf("of %d places a customer gets %d, those who are none %d; want %d and the rest", most, taken, others, share)
		}
		if none, _ := enter("customer-2"); none != 0 {
			t.Errorf("%d places beyond the %d there are", none, most)
		}
		for _, out := range leave {
			out()
		}
		again, _ := enter("customer-2")
		if again != share || testutil.ToFloat64(gauge) != float64(most) {
			t.Errorf("of %d places %d are free again; the gauge is at %v", most, again, testutil.ToFloat64(gauge))
		}
		if len(l.of) != 1+min(1, most-share) { // nobody is kept who has left
			t.Errorf("it remembers %v", l.of)
		}
	}
}
