package application

import (
	"testing"
	"time"
)

// saga ends orders in the order in which they were placed, so many a second, each after
// some time at the earliest. Taking and refusing orders leaves less for that, but an eighth.
type saga struct {
	capacity int // orders a second, taken and ended
	takes    time.Duration
	soldOut  int // one order of so many wants what is sold out; 0: none
	replicas int // see the ends in turn; 0: one

	taken, ended int
	placed       []time.Time // of orders that go on to payment
	unavailable  []time.Time // the same of those that don't
	spare        float64     // of its capacity
}

const (
	costOfTaking   = 0.25 // of an order
	costOfRefusing = 0.05
)

// period is some time in which so many orders are asked for each second.
type period struct{ seconds, asked int }

// outcome is what became of the orders of a period.
type outcome struct {
	refused int
	ended   int // in a second, on average
	longest time.Duration
}

func (s *saga) during(p *paced, d period) (o outcome) {
	const tick = 20 * time.Millisecond
	const ticks = int(time.Second / tick)
	for i := range d.seconds * ticks {
		cost := s.ask(p, d.asked*(i+1)/ticks-d.asked*i/ticks, &o)
		p.at = p.at.Add(tick)
		share := float64(s.capacity) / float64(ticks)
		s.spare = min(s.spare+max(share-cost, share/8), share+1)
		s.end(p, &o)
	}
	o.ended /= d.seconds
	return o
}

// ask asks for so many orders, and returns what that costs.
func (s *saga) ask(p *paced, orders int, o *outcome) (cost float64) {
	for range orders {
		if !p.Admit() {
			o.refused++
			cost += costOfRefusing
			continue
		}
		cost += costOfTaking
		if s.taken++; s.soldOut > 0 && s.taken%s.soldOut == 0 {
			s.unavailable = append(s.unavailable, p.at)
		} else {
			s.placed = append(s.placed, p.at)
		}
	}
	return cost
}

// end ends as many orders as it has capacity for.
func (s *saga) end(p *paced, o *outcome) {
	const early = 50 * time.Millisecond
	for len(s.unavailable) > 0 && p.at.Sub(s.unavailable[0]) >= early {
		p.EndedEarly(p.at.Sub(s.unavailable[0]))
		s.unavailable = s.unavailable[1:]
	}
	const cost = 1 - costOfTaking
	for len(s.placed) > 0 && p.at.Sub(s.placed[0]) >= s.takes && s.spare >= cost {
		waited := p.at.Sub(s.placed[0])
		s.placed = s.placed[1:]
		s.spare -= cost
		if s.ended++; s.ended%max(s.replicas, 1) == 0 {
			p.Ended(waited)
		}
		o.ended++
		o.longest = max(o.longest, waited)
	}
}

// While a crowd is there the saga does what it can and orders wait for a bounded time;
// afterwards everything is taken.
func TestPaceInACrowd(t *testing.T) {
	const most = 5 * time.Second
	for name, c := range map[string]struct {
		capacity int
		asked    int
		takes    time.Duration
		soldOut  int
	}{
		"a little more than it can do":  {500, 600, 300 * time.Millisecond, 0},
		"twice as many":                 {500, 1000, 300 * time.Millisecond, 0},
		"four times as many":            {500, 2000, 300 * time.Millisecond, 0},
		"one in twelve is for nothing":  {500, 1200, 300 * time.Millisecond, 12},
		"a slow gateway":                {500, 1500, 2 * time.Second, 0},
		"a very slow gateway":           {500, 1500, most - 100*time.Millisecond, 0},
		"what one of ten replicas sees": {50, 140, 300 * time.Millisecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := newPaced(most), &saga{capacity: c.capacity, takes: c.takes, soldOut: c.soldOut}
			s.during(p, period{20, c.capacity / 2})
			s.during(p, period{60, c.asked})
			for range 6 {
				crowd := s.during(p, period{20, c.asked})
				could := int((float64(c.capacity) - costOfRefusing*float64(c.asked)) / (1 - costOfRefusing))
				if crowd.ended < could*9/10 || crowd.longest > 5*most/2 {
					t.Errorf("of %d a second that it could end it ended %d, the last after %v", could, crowd.ended, crowd.longest)
				}
			}
			if s.during(p, period{60, c.capacity / 2}); p.behind {
				t.Error("it refuses orders when the crowd is gone")
			}
		})
	}
}

// No order is refused that the saga could end in time, whatever it is that comes and goes.
func TestPaceWithinWhatTheSagaCanDo(t *testing.T) {
	const most = 5 * time.Second
	for name, c := range map[string]struct {
		replicas int // that see the ends, of which one gets all requests
		takes    time.Duration
		periods  []period
	}{
		"more and more":         {1, 300 * time.Millisecond, []period{{20, 10}, {20, 100}, {20, 500}, {60, 990}}},
		"with a slow gateway":   {1, 4 * time.Second, []period{{20, 100}, {60, 900}, {10, 0}, {60, 900}}},
		"a short crowd":         {1, 300 * time.Millisecond, []period{{20, 500}, {2, 3000}, {20, 500}}},
		"a queue that is short": {1, 300 * time.Millisecond, []period{{20, 500}, {10, 1200}, {20, 500}}},
		"the requests of two":   {2, 3 * time.Second, []period{{60, 800}}},
		"the requests of three": {3, 1500 * time.Millisecond, []period{{60, 800}}},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := newPaced(most), &saga{capacity: 1000, takes: c.takes, replicas: c.replicas}
			for i, d := range c.periods {
				if o := s.during(p, d); o.refused > 0 || len(p.turns) > 0 {
					t.Errorf("part %d: %d refused; it was behind: %v", i, o.refused, p.turns)
				}
			}
		})
	}
}

// What is on its way when it begins to refuse may be too little for what the saga can do.
func TestPaceFindsBackToWhatTheSagaCanDo(t *testing.T) {
	p, s := newPaced(5*time.Second), &saga{capacity: 2000, takes: 2 * time.Second}
	s.during(p, period{20, 300})
	s.capacity = 90
	if s.during(p, period{8, 300}); !p.behind {
		t.Fatal("it takes all while the saga is slow")
	}
	s.capacity = 2000
	s.during(p, period{60, 1900})
	if o := s.during(p, period{10, 1900}); o.refused > 0 || o.ended < 1890 {
		t.Errorf("%d refused, %d ended a second", o.refused, o.ended)
	}
}
