package bench

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// judge holds the orders that are there against what the customers know, and
// measures with their times: all clocks are this machine's.
func (p *Phase) judge(s *shop, orders []row, begin time.Time) {
	p.Placed, p.Accepted = int(s.placed.Load()), int(s.accepted.Load())
	p.Refused, p.Unanswered = int(s.refused.Load()), int(s.unanswered.Load())
	p.Ends = map[string]int{}
	for _, f := range s.faults {
		p.fault("%s", f)
	}
	missing := s.acceptances()
	saga, stored := newHistogram(), newHistogram()
	last, meanwhile := begin, 0
	for _, o := range orders {
		n, ours := o.number(s.phase)
		if !ours {
			continue
		}
		due, known := missing[n]
		delete(missing, n)
		p.Ends[o.end()]++
		p.second(o.CreatedAt.Sub(begin)).Accepted++
		if o.Status == pending {
			continue
		}
		after := o.UpdatedAt.Sub(begin)
		p.second(after).Ended++
		if after.Seconds() <= p.Placing {
			meanwhile++
		}
		if o.UpdatedAt.After(last) {
			last = o.UpdatedAt
		}
		if known && o.Status == completed {
			saga.record(o.UpdatedAt.Sub(due))
			stored.record(o.UpdatedAt.Sub(o.CreatedAt))
		}
	}
	p.Post, p.Waited, p.Refusals = s.latency.latency(), s.waited.latency(), s.refusals.latency()
	p.Saga, p.Stored = saga.latency(), stored.latency()
	if p.Ended = last.Sub(begin).Seconds(); p.Ended > 0 {
		p.PerS, p.Meanwhile = float64(p.endedOrders())/p.Ended, float64(meanwhile)/p.Placing
	}
	p.accuse(len(missing), s.mix)
}

// accuse names what must not be.
func (p *Phase) accuse(missing int, m mix) {
	if missing > 0 {
		p.fault("%d orders were accepted and are gone", missing)
	}
	if n := p.Ends[pending]; n > 0 {
		p.fault("%d orders have not ended", n)
	}
	if n := p.endedOrders() - p.Ends[completed]; n > 0 && m.alwaysCompletes() {
		p.fault("%d orders are not COMPLETED: %v", n, p.Ends)
	}
}

func (p *Phase) fault(format string, args ...any) {
	p.Faults = append(p.Faults, p.Name+": "+fmt.Sprintf(format, args...))
}

// second returns the second that is so long after the beginning.
func (p *Phase) second(after time.Duration) *Second {
	n := max(0, int(after.Seconds()))
	for len(p.Series) <= n {
		p.Series = append(p.Series, Second{})
	}
	return &p.Series[n]
}

// number is which order of the phase it is, if it is one.
func (r row) number(phase string) (n int, ours bool) {
	_, name, _ := strings.Cut(r.CustomerID, "-") // leaves out what makes it no neighbour
	text, ours := strings.CutPrefix(name, phase+"-")
	if !ours {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
