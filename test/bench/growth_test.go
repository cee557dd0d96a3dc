package bench

import (
	"strings"
	"testing"
)

func TestGrowthIsARatioOfMedians(t *testing.T) {
	turn := func(perS, p50 float64) Turn {
		return Turn{Phase: Phase{PerS: perS, Rate: 667, Post: &Latency{P50: p50, P99: 6.25}, Saga: &Latency{P50: 51, P99: 52}}}
	}
	r := newReport(Full())
	rounds := []Round{
		{turn(1000, 80), turn(900, 100)}, {turn(500, 90), turn(1200, 108)}, {turn(1100, 100), turn(1050, 85)},
	}
	r.Growth = &GrowthReport{OldOrders: 2_000_000, MoreOrders: 10_000_000, Closed: rounds, Half: rounds[:1], Idle: rounds[1:2]}
	var out strings.Builder
	r.Print(&out)
	for _, want := range []string{
		"round 3, 12000000 old orders", "1100", "6.25", "51.0", "1.050", "0.955", // closed loop: medians 1000 and 1050, pairs 0.9, 2.4 and 0.955
		"1.111", "1.200", // its POST's p50: 90 and 100, pairs 1.25, 1.2 and 0.85
		"667", "1.250", "52.0", // half
		"1 of 3", "1 of 1", "0 of 1",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, &out)
		}
	}
}

func TestMedian(t *testing.T) {
	for want, values := range map[float64][]float64{2: {3, 1, 2}, 2.5: {4, 1, 3, 2}, 7: {7}} {
		if got := median(values); got != want {
			t.Errorf("median of %v is %v", values, got)
		}
	}
}
