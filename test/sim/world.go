package sim

import (
	"strconv"
	"time"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/simkit"
)

var _ simkit.World = (*run)(nil)

var (
	errUnreachable = errs.New(errs.Unavailable, "can't be reached")
	errNoAnswer    = errs.New(errs.Unavailable, "the connection was lost before the answer")
)

// Now implements simkit.World.
func (r *run) Now() time.Time { return r.now }

// NewID implements simkit.World.
func (r *run) NewID(kind string) string {
	r.ids[kind]++
	return kind + "-" + strconv.Itoa(r.ids[kind])
}

// Call implements simkit.World.
func (r *run) Call(what, id string, effect func() error) error {
	if r.current == nil { // the run itself, setting things up
		return effect()
	}
	r.yield()
	if r.fails() {
		r.say("!", what, id, "- but it can't be reached")
		r.stats.Outages++
		return errUnreachable
	}
	r.say("", what, id)
	if err := effect(); err != nil {
		r.Note("fails:", err.Error())
		return err
	}
	r.yield()
	if r.fails() {
		r.say("!", what, id, "- its answer is lost")
		r.stats.LostAnswers++
		return errNoAnswer
	}
	return nil
}

func (r *run) fails() bool { return r.choices.seldom(2, r.temper.outage) == 1 }

// Choose implements simkit.World.
func (r *run) Choose(what string, ways []string) int {
	way := r.choices.seldom(len(ways), r.temper.detour)
	if way > 0 {
		r.stats.Detours[what+" "+ways[way]]++
		r.Note("!", what, ways[way])
	}
	return way
}

// Later implements simkit.World.
func (r *run) Later(what, id string, effect func()) {
	r.late = append(r.late, late{what, id, effect})
}

// late is something on its way that arrives whatever becomes of its sender.
type late struct {
	what, id string
	effect   func()
}

// Note implements simkit.World.
func (r *run) Note(words ...string) { r.trace.note(words...) }

// say writes a line of the present task, or of the world when there is none.
func (r *run) say(mark string, words ...string) {
	if r.trace == nil {
		return
	}
	who := "world"
	if r.current != nil {
		who = r.current.who
	}
	r.trace.line(r.now.Sub(start), mark, who, words...)
}
