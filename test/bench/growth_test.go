package bench

import (
	"strings"
	"testing"
)

func TestGrowthIsARatioOfMedians(t *testing.T) {
	turn := func(perS, p50 float64) Turn {
		return Turn{
			Closed: Phase{PerS: perS, Post: &Latency{P50: 61}}, Half: Phase{Rate: 667, Post: &Latency{P50: p50}, Saga: &Latency{P50: 51}},
			Idle: Phase{Post: &Latency{P50: 3.5, P99: 6.25}, Saga: &Latency{P50: 8}},
		}
	}
	r := newReport(Full())
	r.Growth = &GrowthReport{OldOrders: 2_000_000, MoreOrders: 10_000_000, Rounds: []Round{
		{turn(1000, 80), turn(900, 100)}, {turn(500, 90), turn(950, 90)}, {turn(1100, 100), turn(100, 80)},
	}}
	var out strings.Builder
	r.Print(&out)
	for _, want := range []string{"round 3, 12000000 old orders", "1100", "61.0", "667", "51.0", "3.50", "6.25", "8.00", "0.900", "1.000"} {
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
