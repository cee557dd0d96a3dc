package bench

import (
	"slices"
	"strings"
	"testing"
	"time"
)

var begin = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// judged is a phase of a shop that accepted the orders 0 to 9, one every 100 ms,
// and whose orders are those given.
func judged(m mix, orders []row) Phase {
	s := &shop{phase: "p", mix: m, latency: newHistogram(), waited: newHistogram(), refusals: newHistogram(), clients: []*visitor{{}, {}}}
	for n := range 10 {
		v := s.clients[n%2]
		v.accepted = append(v.accepted, acceptance{n, begin.Add(time.Duration(n) * 100 * time.Millisecond)})
	}
	s.placed.Store(12)
	s.accepted.Store(10)
	s.refused.Store(2)
	p := Phase{Name: "p", Placing: 1}
	p.judge(s, orders, begin)
	return p
}

// completedOrders are those of judged, each created 5 ms and COMPLETED 505 ms
// after it was due.
func completedOrders() []row {
	orders := []row{{CustomerID: "q-1", Status: pending}} // another phase's
	for n := range 10 {
		due := begin.Add(time.Duration(n) * 100 * time.Millisecond)
		orders = append(orders, row{customer("p", n), completed, "", due.Add(5 * time.Millisecond), due.Add(505 * time.Millisecond)})
	}
	return orders
}

func TestSteadyLeavesTheBeginningOutOfALongPhase(t *testing.T) {
	p := Phase{Placing: 5.9, PerS: 7, Series: []Second{{9, 1}, {9, 2}, {9, 8}, {9, 9}, {9, 10}, {9, 9}, {0, 80}}}
	if perS := p.steady(); perS != 7 {
		t.Errorf("%v a second in a short phase, want all of it", perS)
	}
	p.Placing = 6
	if perS := p.steady(); perS != 9 {
		t.Errorf("%v a second, want the mean of the last four in which orders were placed", perS)
	}
}

func TestHowACrowdBeginsIsLeftOut(t *testing.T) {
	p := Phase{Placing: 3.5, Series: []Second{{9, 1}, {9, 2}, {9, 4}, {5, 80}}}
	for from, want := range []float64{7. / 3, 3, 4} {
		if perS, lasted := p.meanwhileFrom(from); perS != want || !lasted {
			t.Errorf("from second %d on %v ended a second, %v, want %v", from, perS, lasted, want)
		}
	}
	if perS, lasted := p.meanwhileFrom(3); lasted {
		t.Errorf("%v ended a second after placing", perS)
	}
}

func TestPhaseIsMeasuredByTheTimesOfItsOrders(t *testing.T) {
	p := judged(ordinary, completedOrders())
	if len(p.Faults) > 0 || p.Ends[completed] != 10 || p.Accepted != 10 || p.Refused != 2 {
		t.Fatalf("got %+v", p)
	}
	if p.Ended != 1.405 || p.PerS != 10/1.405 {
		t.Errorf("ended after %v s, %v/s", p.Ended, p.PerS)
	}
	if p.Meanwhile != 5 { // those due in the first half of the second
		t.Errorf("%v ended a second meanwhile, want 5", p.Meanwhile)
	}
	if p.Saga.P50 < 504 || p.Saga.P50 > 506 || p.Stored.P99 < 499 || p.Stored.P99 > 501 {
		t.Errorf("latencies %+v and %+v", p.Saga, p.Stored)
	}
	if want := []Second{{10, 5}, {0, 5}}; !slices.Equal(p.Series, want) {
		t.Errorf("second by second: %v, want %v", p.Series, want)
	}
	if p.notifications() != 20 {
		t.Errorf("%d notifications are expected, want 2 an order", p.notifications())
	}
}

func TestWhatMustNotBeIsNamed(t *testing.T) {
	change := func(do func([]row) []row) []row { return do(completedOrders()) }
	for name, c := range map[string]struct {
		mix    mix
		orders []row
		want   string
	}{
		"lost": {ordinary, change(func(r []row) []row { return r[:len(r)-1] }), "1 orders were accepted and are gone"},
		"pending": {ordinary, change(func(r []row) []row {
			r[3].Status = pending
			return r
		}), "1 orders have not ended"},
		"cancelled": {ordinary, change(func(r []row) []row {
			r[3].Status, r[3].Reason = cancelled, "TIMEOUT"
			return r
		}), "1 orders are not COMPLETED"},
		"cancelled, as some are": {mixed, change(func(r []row) []row {
			r[3].Status, r[3].Reason = cancelled, paymentFailed
			return r
		}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(judged(c.mix, c.orders).Faults, "; ")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestUnansweredOrdersMayBeThere(t *testing.T) {
	late := row{customer("p", 11), completed, "", begin, begin.Add(time.Second)}
	if p := judged(ordinary, append(completedOrders(), late)); len(p.Faults) > 0 || p.endedOrders() != 11 || p.Saga.Count != 10 {
		t.Errorf("got %+v", p)
	}
}
