package application

import (
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
	// paceCredit is how many orders may be taken at once after a lull in demand.
	paceCredit = 100
	// paceCrowd is how many more orders have to be asked for in a window than end in one
	// to be more than chance.
	paceCrowd = 100
	// paceGrows is how many ends make room for one order more, while those that end
	// were in time.
	paceGrows = 8
)

// Pace keeps orders from being taken faster than they end. Without it a service
// that is asked for more than the saga can do takes all it can write down, which
// leaves the saga less to work with and every order a longer wait.
//
// A second is late when all that ended in it had waited for too long, or when those
// would that are placed in it: by as much longer as it takes to end how many more were
// asked for than end. After three late seconds orders are taken as others end, and an
// eighth more while these end in time, until no more are asked for than end. A second in
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
	asked    []int         // orders, in the window and those before it, the latest first
	seen     int           // waits, in the window
	shortest time.Duration // of them
	usual    float64       // waits in a window
	few      int           // windows in a row with few waits
	late     int           // windows, with none between them that says otherwise
	behind   bool          // they were enough
	inTime   bool          // the window before was
	ended    int           // orders, of which some make room for two
	credit   int           // orders that may be taken while it is behind
}

// NewPace returns a pace that takes every order until all that end have waited for
// longer than most, or are about to, for some seconds; from then on, one for each that
// ends. It tells changed, which must not call it, when that begins and when it is over.
func NewPace(most time.Duration, now func() time.Time, changed func(behind bool)) *Pace {
	return &Pace{most: most, now: now, changed: changed, began: now(), asked: make([]int, 1+most/paceWindow)}
}

// Ended notes that the saga has brought an order to its end, after the given time.
func (p *Pace) Ended(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(waited)
	p.giveCredit()
	if p.ended++; p.inTime && p.ended%paceGrows == 0 {
		p.giveCredit() // or too few on their way would never become more
	}
}

// WouldHaveEnded notes that the saga was done with an order after the given time,
// which had been ended before. It tells how long orders wait, and makes room for none.
func (p *Pace) WouldHaveEnded(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(waited)
}

// Admit reports whether one more order may be taken, which counts as taken then.
func (p *Pace) Admit() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	p.asked[0]++
	if !p.behind {
		return true
	}
	if p.credit == 0 {
		return false
	}
	p.credit--
	return true
}

// NotTaken notes that an order that was admitted stands for none: it had been taken
// before.
func (p *Pace) NotTaken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[0]--
	p.giveCredit()
}

// NotAsked notes that an order that was not admitted would have been none.
func (p *Pace) NotAsked() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[0]--
}

func (p *Pace) giveCredit() { p.credit = min(p.credit+1, paceCredit) }

func (p *Pace) note(waited time.Duration) {
	p.look()
	if p.seen++; p.seen == 1 || waited < p.shortest {
		p.shortest = waited
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
		p.behind, p.credit = behind, 0
		p.changed(behind)
	}
	if !follows {
		clear(p.asked)
	}
	copy(p.asked[1:], p.asked)
	p.began, p.asked[0], p.seen = now, 0, 0
}

// judge counts the window, if it follows the one before at once: what was long ago
// says nothing.
func (p *Pace) judge(follows bool) {
	if p.seen == 0 || float64(p.seen) < paceFew*p.usual {
		p.few++
	} else {
		p.few = 0
	}
	p.inTime = p.seen > 0 && p.shortest <= p.most
	switch {
	case p.most == 0, !follows, p.few >= paceAway, p.inTime && !p.growing():
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
		return p.asked[0]-p.seen >= paceCrowd
	}
	more := p.asked[p.shortest/paceWindow] - p.seen // those that end were asked for some windows ago
	longer := time.Duration(float64(more) / float64(p.seen) * float64(paceWindow))
	return more >= paceCrowd && p.shortest+longer > p.most
}
