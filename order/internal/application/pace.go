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
	// paceKnows is how many waits tell something. Where fewer orders end, something
	// is away, or has just been, and orders are taken for the time when it is back.
	paceKnows = 20
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
	behind   bool          // the orders of the last window all waited for too long
	credit   int           // orders that may be taken while it is behind
}

// NewPace returns a pace that takes every order until those that end have all
// waited for longer than most; from then on, one for each that ends. It tells
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

// look ends the window when its time has come.
func (p *Pace) look() {
	now := p.now()
	passed := now.Sub(p.began)
	if passed >= 0 && passed < paceWindow { // below 0: the clock was set back
		return
	}
	late := p.most > 0 && p.ended >= paceKnows && p.shortest > p.most && passed < 2*paceWindow // long ago says nothing
	if late != p.behind {
		p.behind, p.credit = late, 0
		p.changed(late)
	}
	p.began, p.ended = now, 0
}
