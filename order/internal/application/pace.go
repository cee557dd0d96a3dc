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
	// paceChance is by how many standard deviations more orders have to be taken in a
	// window than end in one to be more than chance. One is the root of how many they are.
	paceChance = 3
	// paceSlope is by how much waits are longer than those of the window before when they
	// grow. Where they don't, what was taken here and isn't seen to end has ended elsewhere.
	paceSlope = 50 * time.Millisecond
	// paceGrows is for how many orders an end in time makes room, at least and at most.
	paceGrows, paceGrowsFast = 1.125, 4
)

// Pace keeps orders from being taken faster than they end. Without it a service
// that is asked for more than the saga can do takes all it can write down, which
// leaves the saga less to work with and every order a longer wait.
//
// A second is late when all that ended in it had waited for too long, or when the last
// that were taken in it will have, because more are taken than end and waits grow. After
// three late seconds orders are taken as others end, once those have ended that are too
// many, and more than one for one while they end in time, until none has to be refused.
// It doesn't make a queue shorter for as long as too many are asked for: a gateway that
// has become slow looks like one, and would be left with nothing to do. A second in
// which far fewer end than is usual isn't counted; after five of them in a row
// something is away rather than overloaded, and all orders are taken, for the time
// when it is back. What is usual is what has ended in the seconds before, so that the
// rules are the same for slow machines and fast ones.
//
// Orders that end early (what they want is sold out) are as though they had not been
// taken, as long as there are others to go by.
//
// It knows what this process sees. Replicas share the saga's events evenly, and perhaps
// not the requests: while waits are short and don't grow, each learns for how many of the
// orders that it has taken it sees one end.
type Pace struct {
	most    time.Duration // that orders may wait for their end; 0: however long
	now     func() time.Time
	changed func(behind bool)

	mu      sync.Mutex
	began   time.Time     // the window
	seconds []second      // the window and those before it, the latest first
	before  time.Duration // the shortest of the last window that had any
	usual   float64       // ends in a window
	share   share         // of their ends that this process sees
	few     int           // windows in a row with few ends
	late    int           // windows, with none between them that says otherwise

	behind   bool      // they were enough
	room     float64   // for how many orders an end makes room, by the window before
	credit   float64   // orders that may be taken
	debt     float64   // orders that end before that
	forgiven time.Time // when they need not any more
	settled  time.Time // when those have ended that were on their way when it began
}

// second is what happened in a window.
type second struct {
	taken, refused int   // orders
	ended          waits // of orders that went through the whole saga
	early          waits // of the others
}

// waits are those that it goes by.
func (s second) waits() waits {
	if s.ended.orders == 0 {
		return s.early
	}
	return s.ended
}

// ends are all that it saw.
func (s second) ends() float64 { return float64(s.ended.orders + s.early.orders) }

// waits are those of some orders.
type waits struct {
	orders   int
	shortest time.Duration
}

func (w *waits) add(waited time.Duration) {
	waited = max(waited, 0) // below 0: it was placed by a clock that was ahead
	if w.orders == 0 || waited < w.shortest {
		w.shortest = waited
	}
	w.orders++
}

// NewPace returns a pace that takes every order until all that end have waited for
// longer than most, or are about to, for some seconds; from then on, as others end. It
// tells changed, which must not call it, when that begins and when it is over.
func NewPace(most time.Duration, now func() time.Time, changed func(behind bool)) *Pace {
	seconds := make([]second, 1+most/paceWindow)
	return &Pace{most: most, now: now, changed: changed, began: now(), seconds: seconds, room: 1}
}

// Ended notes that the saga has brought an order to its end, after the given time.
func (p *Pace) Ended(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	p.seconds[0].ended.add(waited)
	if p.debt > 0 {
		p.debt -= p.share.each()
	} else {
		p.giveCredit(p.room * p.share.each())
	}
}

// EndedEarly is Ended for an order that didn't go through the whole saga. It hasn't stood
// in all of its queues, so its wait counts only if there are no others to go by.
func (p *Pace) EndedEarly(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	p.seconds[0].early.add(waited)
	p.giveCredit(p.share.each())
}

// WouldHaveEnded notes that the saga was done with an order after the given time,
// which had been ended before. It tells how long orders wait, and makes room for none.
func (p *Pace) WouldHaveEnded(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	p.seconds[0].ended.add(waited)
}

// Admit reports whether one more order may be taken, which counts as taken then. Whoever
// refuses it tells by Refused.
func (p *Pace) Admit() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	if p.full() {
		return false
	}
	if p.behind {
		p.credit--
	}
	p.seconds[0].taken++
	return true
}

// Full reports whether an order would be refused.
func (p *Pace) Full() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	return p.full()
}

func (p *Pace) full() bool { return p.behind && p.credit < 1 }

// Refused notes that an order was refused, or a request that may have been one. What had been
// taken before is none.
func (p *Pace) Refused() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	p.seconds[0].refused++
}

// NotTaken notes that an order that was admitted stands for none: it had been taken
// before. One that failed to be saved may be taken all the same.
func (p *Pace) NotTaken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seconds[0].taken--
	p.giveCredit(1)
}

// Cancelled notes that an order was ended that the saga will not end. It makes room for
// none: the saga may have done most of its work.
func (p *Pace) Cancelled() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	p.seconds[0].taken--
}

func (p *Pace) giveCredit(orders float64) {
	p.credit = min(p.credit+orders, max(p.usual, paceCredit))
}

// look ends the window when its time has come.
func (p *Pace) look() {
	now := p.now()
	passed := now.Sub(p.began)
	if passed >= 0 && passed < paceWindow { // below 0: the clock was set back
		return
	}
	follows := passed >= 0 && passed < 2*paceWindow
	w := p.seconds[0].waits()
	p.judge(w, now, follows)
	if behind := p.late >= paceStands; behind != p.behind {
		p.behind, p.credit, p.debt, p.forgiven = behind, 0, 0, now.Add(p.most)
		if behind {
			p.debt = p.tooMany(w)
			p.settled = now.Add(time.Duration(p.wait(w) * float64(time.Second)))
		}
		p.changed(behind)
	}
	if !now.Before(p.forgiven) {
		p.debt = 0 // others see the ends of what was taken here
	}
	if w.orders > 0 {
		p.before = w.shortest
	}
	if !follows {
		clear(p.seconds)
	}
	copy(p.seconds[1:], p.seconds)
	p.began, p.seconds[0] = now, second{}
}

// judge counts the window, if it follows the one before at once: what was long ago
// says nothing.
func (p *Pace) judge(w waits, now time.Time, follows bool) {
	if p.most == 0 {
		return
	}
	ends := p.seconds[0].ends()
	if ends == 0 || ends < paceFew*p.usual {
		p.few++
	} else {
		p.few = 0
	}
	inTime := w.orders > 0 && w.shortest <= p.most
	p.learn(w, follows && inTime)
	switch {
	case inTime: // or too few on their way would never become more
		p.room = min(max(paceGrows, p.most.Seconds()/p.wait(w)), paceGrowsFast)
	case w.orders > 0:
		p.unlearn(w, now)
		p.room = 1
	}
	switch {
	case !follows, p.few >= paceAway, inTime && !p.tooManyCome(w):
		p.late = 0
	case p.few == 0:
		p.late++
	}
	if more := ends - p.usual; more > 0 {
		p.usual += paceRises * more
	} else {
		p.usual *= paceFades
	}
}

// tooManyCome reports whether more orders come than end, for orders that end in time.
// Before it is behind, that counts only if the last of them will not be in time.
func (p *Pace) tooManyCome(w waits) bool {
	if p.behind {
		return p.seconds[0].refused > 0
	}
	taken := p.then(w, p.goOn)
	more := taken-p.ends(w) > paceChance*math.Sqrt(taken)
	return more && p.waitsGrow(w) && p.tooMany(w) > 0
}

// learn finds out how many of them it sees, from windows in a row that are calm.
func (p *Pace) learn(w waits, inTime bool) {
	if !inTime || p.behind || p.seconds[0].ended.orders == 0 || p.waitsGrow(w) {
		p.share.interrupt()
		return
	}
	taken := p.then(w, func(i int) float64 { return float64(p.seconds[i].taken) })
	p.share.learn(sample{taken: taken, ended: p.seconds[0].ends()})
}

// unlearn does so from a late window, if what ends in it was taken as others ended: when waits
// get no shorter all the same, it may see more than it has learned.
func (p *Pace) unlearn(w waits, now time.Time) {
	if p.behind && w.shortest >= p.before && now.After(p.settled) {
		p.share.unlearn()
	}
}

func (p *Pace) waitsGrow(w waits) bool { return w.shortest-p.before > paceSlope }

// ends are the orders taken here that ended.
func (p *Pace) ends(w waits) float64 { return float64(w.orders) * p.share.each() }

// goOn are the orders taken in a window that didn't end early.
func (p *Pace) goOn(i int) float64 {
	s := p.seconds[i]
	return max(0, float64(s.taken)-float64(s.early.orders)*p.share.each())
}

// then is what there was of something in the second when those were taken that end in time,
// which is in two windows mostly.
func (p *Pace) then(w waits, of func(i int) float64) float64 {
	i, part := int(w.shortest/paceWindow), (w.shortest%paceWindow).Seconds()/paceWindow.Seconds()
	return (1-part)*of(i) + part*of(min(i+1, len(p.seconds)-1))
}

// tooMany is how many of the orders on their way won't end in time at the window's pace.
func (p *Pace) tooMany(w waits) float64 {
	return max(0, p.onTheirWay(w)-p.ends(w)*p.most.Seconds()/paceWindow.Seconds())
}

// wait is how many seconds the last of the orders on their way will wait at the window's
// pace, which is at least what those waited that ended.
func (p *Pace) wait(w waits) float64 {
	return max(w.shortest.Seconds(), p.onTheirWay(w)/p.ends(w)*paceWindow.Seconds())
}

// onTheirWay are the orders taken in the window, and before it in the time that the first
// to end in it had waited, of which it knows no longer time than orders may wait, less those
// that ended (https://en.wikipedia.org/wiki/Little%27s_law).
func (p *Pace) onTheirWay(w waits) float64 {
	orders := p.goOn(0) - p.ends(w)
	for i, wait := 1, w.shortest; i < len(p.seconds) && wait > 0; i, wait = i+1, wait-paceWindow {
		orders += p.goOn(i) * min(1, wait.Seconds()/paceWindow.Seconds())
	}
	return orders
}
