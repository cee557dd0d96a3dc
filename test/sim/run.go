package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/simkit"
)

// start is when every run begins.
var start = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

// The lengths of a run, in turns.
const (
	turnsAtFirst  = 100
	turnsAnOrder  = 120
	turnsAfterAll = 150
	turnsToRest   = 5000
)

// run is one life of the whole system: everything in it happens one after the
// other, in an order that the choices decide.
type run struct {
	system
	choices *chooser
	temper  temper
	missing simkit.Protection
	trace   *trace
	stats   Stats
	found   []Violation

	now  time.Time
	ids  map[string]int
	idle time.Duration // how long to wait when there is nothing to do

	tasks   []*task // begun and not ended, oldest first
	begun   int
	current *task // that runs now; nil: the run itself
	latest  *task // that ran last
	scratch []move
	late    []late

	published []outbox.Message
	customers customers
}

func newRun(c *chooser, t temper, missing simkit.Protection, tr *trace) *run {
	r := &run{choices: c, temper: t, missing: missing, trace: tr, now: start, ids: map[string]int{}}
	r.stats.Detours, r.stats.Cancelled = map[string]int{}, map[string]int{}
	r.system = newSystem(r, missing)
	return r
}

// live is the whole run: a time full of trouble, rest, redeliveries days later
// with trouble again, and rest.
func (r *run) live() {
	r.choices.begin(0)
	r.stock()
	r.customers.toPlace = 1 + r.choices.any(maxOrders)
	r.turns(turnsAtFirst + turnsAnOrder*r.customers.toPlace)
	r.settle()
	r.choices.begin(1)
	r.daysLater()
	r.turns(turnsAfterAll)
	r.settle()
	r.check()
	r.end()
}

// turns lets the system run until it rests, or for so many turns.
func (r *run) turns(most int) {
	for range most {
		if !r.turn() {
			return
		}
	}
}

// settle lets it come to rest undisturbed.
func (r *run) settle() {
	r.choices.calm = true
	defer func() { r.choices.calm = false }()
	for _, s := range r.services {
		for _, p := range s.processes {
			p.frozenUntil = time.Time{}
		}
	}
	for range turnsToRest {
		if !r.turn() {
			return
		}
	}
	r.violate("rest", "after %d undisturbed turns there is still something to do", turnsToRest)
}

// daysLater brings some of the handled messages again.
func (r *run) daysLater() {
	const most = 4
	for range r.choices.any(most) {
		q, m := r.anyMessage(func(q *queue) []*message { return q.handled })
		if m == nil {
			return
		}
		if r.now.Sub(start) < days {
			r.pass(days)
		}
		r.say("!", "redelivers", m.Type, m.EventID, "of", m.Subject)
		r.stats.Redeliveries++
		r.duplicate(q, m)
	}
}

const days = 3 * 24 * time.Hour

// turn takes one step: a disturbance, or one of the things that there are to do,
// or time passes. It returns false when the system rests.
func (r *run) turn() bool {
	r.stats.Turns++
	r.choices.step()
	if d := disturbance(r.choices.weighted(r.temper.weights[:], r.temper.disturb)); d != nothing {
		r.disturb(d)
		return true
	}
	moves := r.moves()
	if len(moves) > 0 {
		r.idle = time.Second
		r.play(moves[r.pick(len(moves))])
		return true
	}
	if r.rests() {
		return false
	}
	r.pass(r.idle)
	r.idle = min(2*r.idle, longestIdle)
	return true
}

const longestIdle = 5 * time.Minute

// pick chooses one of n; the first is what comes next in undisturbed order.
func (r *run) pick(n int) int { return r.choices.seldom(n, r.temper.wander) }

// rests: nothing is to do, now or with time.
func (r *run) rests() bool {
	if len(r.tasks) > 0 {
		return false
	}
	for _, s := range r.services {
		if s.busy() || len(s.queue.messages) > 0 || s.outbox != nil && len(s.outbox.Rows()) > 0 {
			return false
		}
	}
	return true
}

func (r *run) pass(d time.Duration) {
	r.say("", d.String(), "pass")
	r.now = r.now.Add(d)
}

// end unwinds what is still under way, which is only so after a violation.
func (r *run) end() {
	for len(r.tasks) > 0 {
		r.kill(r.tasks[0])
	}
}

// Violation is a broken promise.
type Violation struct {
	Rule string // its name
	Text string
}

func (v Violation) String() string { return v.Rule + ": " + v.Text }

func (r *run) violate(rule, format string, args ...any) {
	r.found = append(r.found, Violation{rule, fmt.Sprintf(format, args...)})
}

// Result is what came of a run.
type Result struct {
	Seed       uint64
	Violations []Violation
	Choices    Choices
	Trace      []string // when it was asked for
	Stats      Stats
}

// Run makes the run of a seed, with the given protection left out ("" for none).
func Run(seed uint64, missing simkit.Protection) Result {
	return runSeed(seed, missing, nil)
}

// Trace is Run with a trace.
func Trace(seed uint64, missing simkit.Protection) Result {
	return runSeed(seed, missing, &trace{})
}

func runSeed(seed uint64, missing simkit.Protection, tr *trace) Result {
	random := rand.New(rand.NewPCG(seed, 0))
	result := newRun(&chooser{random: random}, newTemper(random), missing, tr).result()
	result.Seed = seed
	return result
}

// Replay makes the run of the choices, with a trace.
func Replay(c Choices, missing simkit.Protection) Result {
	return newRun(&chooser{given: c}, temper{}, missing, &trace{}).result()
}

func (r *run) result() Result {
	r.live()
	result := Result{Violations: r.found, Choices: r.choices.made, Stats: r.stats}
	if r.trace != nil {
		result.Trace = r.trace.lines
	}
	return result
}
