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
	unwanted int // one order of so many is cancelled by its customer; 0: none
	replicas int // see the ends in turn; 0: one

	taken, ended, early int
	placed              []time.Time // of orders that go on to payment
	unavailable         []time.Time // the same of those that don't
	spare               float64     // of its capacity
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
			p.Refused()
			o.refused++
			cost += costOfRefusing
			continue
		}
		cost += costOfTaking
		switch s.taken++; {
		case s.unwanted > 0 && s.taken%s.unwanted == 0:
			p.Cancelled()
		case s.soldOut > 0 && s.taken%s.soldOut == 0:
			s.unavailable = append(s.unavailable, p.at)
		default:
			s.placed = append(s.placed, p.at)
		}
	}
	return cost
}

// end ends as many orders as it has capacity for.
func (s *saga) end(p *paced, o *outcome) {
	const early = 50 * time.Millisecond
	for len(s.unavailable) > 0 && p.at.Sub(s.unavailable[0]) >= early {
		if s.early++; s.early%max(s.replicas, 1) == 0 {
			p.EndedEarly(p.at.Sub(s.unavailable[0]))
		}
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

// could is how many orders a second it could end when so many are asked for.
func (s *saga) could(asked int) int {
	each := 1.0 // that are taken for one that goes on to payment
	if s.soldOut > 0 {
		each += 1 / float64(s.soldOut-1)
	}
	return int((float64(s.capacity) - costOfRefusing*float64(asked)) / (1 - costOfTaking + each*(costOfTaking-costOfRefusing)))
}

// While a crowd is there the saga does what it can and orders wait for a bounded time;
// afterwards everything is taken.
func TestPaceInACrowd(t *testing.T) {
	const most = 5 * time.Second
	for name, c := range map[string]struct {
		saga    saga
		asked   int
		longest time.Duration
	}{
		"a little more than it can do":  {saga{capacity: 500, takes: 300 * time.Millisecond}, 600, 7 * time.Second},
		"twice as many":                 {saga{capacity: 500, takes: 300 * time.Millisecond}, 1000, 7 * time.Second},
		"four times as many":            {saga{capacity: 500, takes: 300 * time.Millisecond}, 2000, 13 * time.Second},
		"one in twelve is for nothing":  {saga{capacity: 500, takes: 300 * time.Millisecond, soldOut: 12}, 1200, 7 * time.Second},
		"half of it is for nothing":     {saga{capacity: 500, takes: 300 * time.Millisecond, soldOut: 2}, 1500, 7 * time.Second},
		"a slow gateway":                {saga{capacity: 500, takes: 2 * time.Second}, 1500, 8 * time.Second},
		"a very slow gateway":           {saga{capacity: 500, takes: most - 100*time.Millisecond}, 1500, 11 * time.Second},
		"what one of ten replicas sees": {saga{capacity: 50, takes: 300 * time.Millisecond}, 140, 8 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := newPaced(most), &c.saga
			s.during(p, period{20, s.capacity / 2})
			s.during(p, period{60, c.asked})
			for range 3 {
				crowd := s.during(p, period{20, c.asked})
				if could := s.could(c.asked); crowd.ended < could*9/10 || crowd.longest > c.longest {
					t.Errorf("of %d a second that it could end it ended %d, the last after %v", could, crowd.ended, crowd.longest)
				}
			}
			if s.during(p, period{60, s.capacity / 2}); p.behind {
				t.Error("it refuses orders when the crowd is gone")
			}
		})
	}
}

// One replica gets all requests, and sees some of the ends.
func TestPaceOfReplicasInACrowd(t *testing.T) {
	for name, c := range map[string]struct {
		saga    saga
		then    int // replicas, in the crowd
		longest time.Duration
	}{
		"one of two":                     {saga{replicas: 2, takes: 300 * time.Millisecond}, 2, 7 * time.Second},
		"one of two with a slow gateway": {saga{replicas: 2, takes: 3 * time.Second}, 2, 9 * time.Second},
		"half of it is for nothing":      {saga{replicas: 2, takes: 300 * time.Millisecond, soldOut: 2}, 2, 7 * time.Second},
		"one of four":                    {saga{replicas: 4, takes: time.Second}, 4, 8 * time.Second},
		"the other goes":                 {saga{replicas: 2, takes: 300 * time.Millisecond}, 1, 22 * time.Second},
		"three others go":                {saga{replicas: 4, takes: 300 * time.Millisecond}, 1, 45 * time.Second},
		"another comes":                  {saga{replicas: 1, takes: 300 * time.Millisecond}, 2, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			const asked = 3000
			p, s := newPaced(5*time.Second), &c.saga
			s.capacity = 1000
			s.during(p, period{20, 800})
			s.during(p, period{20, asked})
			s.replicas = c.then
			s.during(p, period{20, asked})
			for range 3 {
				crowd := s.during(p, period{20, asked})
				if could := s.could(asked); crowd.ended < could*9/10 || crowd.longest > c.longest {
					t.Errorf("of %d a second that it could end it ended %d, the last after %v", could, crowd.ended, crowd.longest)
				}
			}
			after := s.during(p, period{int(c.longest/time.Second) * 6, 800}) // each second a sixth goes
			if after.refused > 0 || p.behind {
				t.Errorf("%d refused after the crowd", after.refused)
			}
		})
	}
}

// Neither ramps in demand nor customers who change their minds look like replicas that see
// the rest of the ends.
func TestPaceOfOneReplicaSeesAll(t *testing.T) {
	for name, c := range map[string]struct {
		saga  saga
		asked int
	}{
		"demand that rises":                    {saga{takes: 300 * time.Millisecond}, 900},
		"with orders that take a second":       {saga{takes: 900 * time.Millisecond}, 900},
		"with a slow gateway":                  {saga{takes: 2900 * time.Millisecond}, 900},
		"half of the orders are cancelled":     {saga{takes: 300 * time.Millisecond, unwanted: 2}, 900},
		"half of the orders end early":         {saga{takes: 900 * time.Millisecond, soldOut: 2}, 900},
		"they are cancelled, and others early": {saga{takes: 900 * time.Millisecond, soldOut: 3, unwanted: 2}, 900},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := newPaced(5*time.Second), &c.saga
			s.capacity = 1000
			s.during(p, period{4, 20})
			for range 20 {
				s.during(p, period{3, c.asked})
				if p.share.each() > 1.1 {
					t.Fatalf("it takes %v orders for one that ends", p.share.each())
				}
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
