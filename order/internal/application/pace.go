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
	// paceCrowd is how many more orders have to be asked for in a window than end in it
	// to foresee a longer wait: of few orders, more or less come by chance.
	paceCrowd = 100
	// paceShrinks is of how many orders that end one makes room for none, so that the
	// queue gets shorter.
	paceShrinks = 8
)

// Pace keeps orders from being taken faster than they end. Without it a service
// that is asked for more than the saga can do takes all it can write down, which
// leaves the saga less to work with and every order a longer wait.
//
// A second is late when all that ended in it had waited for too long, or when those
// would that are asked for in it: when twice as many are asked for as end, those that
// are taken last wait for twice as long. After three late seconds fewer orders are
// taken than end, until a second is in time. One in which far fewer end than is usual
// isn't counted; after five of them in a row
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
	seen     int           // waits, in the window
	shortest time.Duration // of them
	usual    float64       // waits in a window
	few      int           // windows in a row with few waits
	late     int           // windows, with none between them that says otherwise
	behind   bool          // they were enough
	ended    int           // orders, of which some make no room
	credit   int           // orders that may be taken while it is behind
}

// NewPace returns a pace that takes every order until all that end have waited for
// longer than most, or are about to, for some seconds; from then on, fewer than end. It tells
// changed, which must not call it, when that begins and when it is over.
func NewPace(most time.Duration, now func() time.Time, changed func(behind bool)) *Pace {
	return &Pace{most: most, now: now, changed: changed, began: now()}
}

// Ended notes that the saga has brought an order to its end, after the given time.
func (p *Pace) Ended(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(waited)
	if p.ended++; p.ended%paceShrinks != 0 {
		p.giveCredit()
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
	p.asked++
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
	p.asked--
	p.giveCredit()
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
	p.judge(passed >= 0 && passed < 2*paceWindow)
	if behind := p.late >= paceStands; behind != p.behind {
		p.behind, p.credit = behind, 0
		p.changed(behind)
	}
	p.began, p.asked, p.seen = now, 0, 0
}

// foreseen returns how long the last order would wait that is asked for in the window,
// if all were taken.
func (p *Pace) foreseen() time.Duration {
	if p.asked-p.seen < paceCrowd {
		return p.shortest
	}
	return time.Duration(float64(p.shortest) * float64(p.asked) / float64(p.seen))
}

// judge counts the window, if it follows the one before at once: what was long ago
// says nothing.
func (p *Pace) judge(follows bool) {
	if p.seen == 0 || float64(p.seen) < paceFew*p.usual {
		p.few++
	} else {
		p.few = 0
	}
	inTime := p.seen > 0 && p.foreseen() <= p.most
	switch {
	case p.most == 0, !follows, inTime, p.few >= paceAway:
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
