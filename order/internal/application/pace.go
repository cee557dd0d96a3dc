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
	// paceKnows is how many waits in a window tell something. Where fewer orders end,
	// something is away, and orders are taken for the time when it is back.
	paceKnows = 100
	// paceStands is for how many windows in a row orders have to be late: what waited
	// out an outage is late, too, and no reason to refuse what comes after it.
	paceStands = 5
	// paceCredit is how many orders may be taken at once after a lull in demand.
	paceCredit = 100
)

// Pace keeps orders from being taken faster than they end. Without it a service
// that is asked for more than the saga can do takes all it can write down, which
// leaves the saga less to work with and every order a longer wait.
//
// It knows what this process sees. Replicas share the saga's events and the
// requests, so each finds about the same.
type Pace struct {
	most    time.Duration // that orders may wait for their end; 0: however long
	now     func() time.Time
	changed func(behind bool)

	mu       sync.Mutex
	began    time.Time     // the window
	ended    int           // orders, in the window
	shortest time.Duration // of their waits
	late     int           // windows in a row whose orders all waited for too long
	behind   bool          // they were enough
	credit   int           // orders that may be taken while it is behind
}

// NewPace returns a pace that takes every order until those that end have all
// waited for longer than most, for some seconds; from then on, one for each that ends. It tells
// changed, which must not call it, when that begins and when it is over.
func NewPace(most time.Duration, now func() time.Time, changed func(behind bool)) *Pace {
	return &Pace{most: most, now: now, changed: changed, began: now()}
}

// Ended notes that the saga has brought an order to its end, after the given time.
func (p *Pace) Ended(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	if p.ended++; p.ended == 1 || waited < p.shortest {
		p.shortest = waited
	}
	p.credit = min(p.credit+1, paceCredit)
}

// Admit reports whether one more order may be taken, which counts as taken then.
func (p *Pace) Admit() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
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
	p.credit = min(p.credit+1, paceCredit)
}

// look ends the window when its time has come.
func (p *Pace) look() {
	now := p.now()
	passed := now.Sub(p.began)
	if passed >= 0 && passed < paceWindow { // below 0: the clock was set back
		return
	}
	if p.most > 0 && p.ended >= paceKnows && p.shortest > p.most && passed < 2*paceWindow { // long ago says nothing
		p.late++
	} else {
		p.late = 0
	}
	if behind := p.late >= paceStands; behind != p.behind {
		p.behind, p.credit = behind, 0
		p.changed(behind)
	}
	p.began, p.ended = now, 0
}
