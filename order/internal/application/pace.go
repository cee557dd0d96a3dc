package application

import (
	"math"
	"sync"
	"time"
)

const (
	// paceWindow is over which the waits of orders are looked at. The shortest of
	// them tells a queue from a few orders that had bad luck
	// (https://queue.acm.org/detail.cfm?id=2209336).
	paceWindow = time.Second
	// paceStands is how many windows have to be late. What waited out a stall is, too,
	// and no reason to refuse what comes after it.
	paceStands = 3
	// paceAway is how many windows with few ends are an outage; a stall is none.
	paceAway = 5
	// paceFew is the part of the usual below which a window has few ends. Overload alone
	// leaves more: taking orders costs less than ending them.
	paceFew = 0.05
	// paceRises is the part by which the usual follows a window that has more ends, and
	// paceFades what one with fewer leaves of it, which is half in a minute.
	paceRises, paceFades = 0.125, 0.99
	// paceCredit is how many orders may be taken at once after a lull in demand, if that
	// is more than usually end in a window.
	paceCredit = 100
	// paceChance is by how many standard deviations more orders have to be asked for in a
	// window than end in one to be more than chance. One is the root of how many they are.
	paceChance = 3
	// paceSlope is by how much waits are longer than those of the window before when they
	// grow: other replicas, which see the ends of orders that were taken here, look the
	// same otherwise.
	paceSlope = 50 * time.Millisecond
	// paceGrows is for how many orders an end in time makes room, at least and at most.
	paceGrows, paceGrowsFast = 1.125, 2
)

// Pace keeps orders from being taken faster than they end. Without it a service
// that is asked for more than the saga can do takes all it can write down, which
// leaves the saga less to work with and every order a longer wait.
//
// A second is late when all that ended in it had waited for too long, or when the last
// that were taken in it will have, because more are taken than end and waits grow. After
// three late seconds orders are taken as others end, once those have ended that are too
// many, and up to two for one while they end in time, until no more are asked for than end.
// It doesn't make a queue shorter for as long as too many are asked for: a gateway that
// has become slow looks like one, and would be left with nothing to do. A second in
// which far fewer end than is usual isn't counted; after five of them in a row
// something is away rather than overloaded, and all orders are taken, for the time
// when it is back. What is usual is what has ended in the seconds before, so that the
// rules are the same for slow machines and fast ones.
//
// It knows what this process sees. Replicas share the saga's events and the
// requests, so each finds about the same.
type Pace struct {
	most    time.Duration // that orders may wait for their end; 0: however long
	now     func() time.Time
	changed func(behind bool)

	mu       sync.Mutex
	began    time.Time     // the window
	asked    int           // orders, in the window
	taken    []int         // of them, and in the windows before it, the latest first
	seen     int           // waits, in the window
	whole    int           // of them, of orders that no service has refused early
	shortest time.Duration // of these, or of all if there are none
	before   time.Duration // the shortest of the last window that had any
	usual    float64       // waits in a window
	few      int           // windows in a row with few waits
	late     int           // windows, with none between them that says otherwise
	behind   bool          // they were enough
	room     float64       // for how many orders an end makes room, by the window before
	credit   float64       // orders that may be taken while it is behind; below 0 so many end first
	forgiven time.Time     // when they need not any more
}

// NewPace returns a pace that takes every order until all that end have waited for
// longer than most, or are about to, for some seconds; from then on, as others end. It
// tells changed, which must not call it, when that begins and when it is over.
func NewPace(most time.Duration, now func() time.Time, changed func(behind bool)) *Pace {
	taken := make([]int, 1+most/paceWindow)
	return &Pace{most: most, now: now, changed: changed, began: now(), taken: taken, room: 1}
}

// Ended notes that the saga has brought an order to its end, after the given time.
func (p *Pace) Ended(waited time.Duration) { p.end(waited, false) }

// EndedEarly is Ended for an order that didn't go through the whole saga. It hasn't stood
// in all of its queues, so its wait counts only if there are no others to go by.
func (p *Pace) EndedEarly(waited time.Duration) { p.end(waited, true) }

func (p *Pace) end(waited time.Duration, early bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(waited, early)
	if p.credit < 0 {
		p.giveCredit(1)
	} else {
		p.giveCredit(p.room)
	}
}

// WouldHaveEnded notes that the saga was done with an order after the given time,
// which had been ended before. It tells how long orders wait, and makes room for none.
func (p *Pace) WouldHaveEnded(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(waited, false)
}

// Admit reports whether one more order may be taken, which counts as taken then.
func (p *Pace) Admit() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	p.asked++
	if p.behind {
		if p.credit < 1 {
			return false
		}
		p.credit--
	}
	p.taken[0]++
	return true
}

// NotTaken notes that an order that was admitted stands for none: it had been taken
// before.
func (p *Pace) NotTaken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked--
	p.taken[0]--
	p.giveCredit(1)
}

// NotAsked notes that an order that was not admitted would have been none.
func (p *Pace) NotAsked() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked--
}

func (p *Pace) giveCredit(orders float64) {
	p.credit = min(p.credit+orders, max(p.usual, paceCredit))
}

func (p *Pace) note(waited time.Duration, early bool) {
	p.look()
	waited = max(waited, 0) // below 0: it was placed by a clock that was ahead
	counts := !early || p.whole == 0
	first := p.seen == 0 || !early && p.whole == 0
	if first || counts && waited < p.shortest {
		p.shortest = waited
	}
	p.seen++
	if !early {
		p.whole++
	}
}

// look ends the window when its time has come.
func (p *Pace) look() {
	now := p.now()
	passed := now.Sub(p.began)
	if passed >= 0 && passed < paceWindow { // below 0: the clock was set back
		return
	}
	follows := passed >= 0 && passed < 2*paceWindow
	p.judge(follows)
	if behind := p.late >= paceStands; behind != p.behind {
		p.behind, p.credit, p.forgiven = behind, 0, now.Add(p.most)
		if behind {
			p.credit = -p.tooMany()
		}
		p.changed(behind)
	}
	if p.credit < 0 && !now.Before(p.forgiven) {
		p.credit = 0 // others see the ends of what was taken here
	}
	if p.seen > 0 {
		p.before = p.shortest
	}
	if !follows {
		clear(p.taken)
	}
	copy(p.taken[1:], p.taken)
	p.began, p.asked, p.taken[0], p.seen, p.whole = now, 0, 0, 0, 0
}

// judge counts the window, if it follows the one before at once: what was long ago
// says nothing.
func (p *Pace) judge(follows bool) {
	if p.seen == 0 || float64(p.seen) < paceFew*p.usual {
		p.few++
	} else {
		p.few = 0
	}
	inTime := p.seen > 0 && p.shortest <= p.most
	switch {
	case inTime: // or too few on their way would never become more
		p.room = min(max(paceGrows, float64(p.most)/float64(p.shortest)), paceGrowsFast)
	case p.seen > 0:
		p.room = 1
	}
	switch {
	case p.most == 0, !follows, p.few >= paceAway, inTime && !p.growing():
		p.late = 0
	case p.few == 0:
		p.late++
	}
	if more := float64(p.seen) - p.usual; more > 0 {
		p.usual += paceRises * more
	} else {
		p.usual *= paceFades
	}
}

// growing reports whether more orders are asked for than end, for orders that end in time.
// Before it is behind, it counts only if the last of them will not be in time.
func (p *Pace) growing() bool {
	if p.behind {
		return p.moreThanEnd(p.asked)
	}
	taken := p.taken[p.shortest/paceWindow] // when those were that end
	return p.moreThanEnd(taken) && p.shortest-p.before > paceSlope && p.tooMany() > 0
}

func (p *Pace) moreThanEnd(orders int) bool {
	return float64(orders-p.seen) > paceChance*math.Sqrt(float64(orders))
}

// tooMany is how many of the orders on their way won't end in time at the window's pace.
// On their way are those taken in the window, and before it in the time that the first to
// end in it had waited, of which it knows no longer time than orders may wait, less those
// that ended (https://en.wikipedia.org/wiki/Little%27s_law).
func (p *Pace) tooMany() float64 {
	onTheirWay := float64(p.taken[0] - p.seen)
	for i, wait := 1, p.shortest; i < len(p.taken) && wait > 0; i, wait = i+1, wait-paceWindow {
		onTheirWay += float64(p.taken[i]) * min(1, wait.Seconds()/paceWindow.Seconds())
	}
	endInTime := float64(p.seen) * p.most.Seconds() / paceWindow.Seconds()
	return max(0, onTheirWay-endInTime)
}
