package sim

import (
	"context"
	"iter"
	"runtime/debug"
	"slices"
	"strconv"
)

// task is a piece of work in a process, as a coroutine: it runs until a call
// out of the process, where the run may go on with something else first.
type task struct {
	number  int
	process *process
	who     string // in the trace
	pause   func(struct{}) bool
	resume  func() (struct{}, bool)
	stop    func()
}

// killed unwinds a task whose process has ended.
type killed struct{}

// begin starts a task and lets it run to its first call.
func (r *run) begin(p *process, body func(ctx context.Context)) {
	r.begun++
	t := &task{number: r.begun, process: p}
	if r.trace != nil {
		t.who = p.name + " #" + strconv.Itoa(t.number)
	}
	t.resume, t.stop = iter.Pull(func(pause func(struct{}) bool) {
		t.pause = pause
		defer func() {
			if cause := recover(); cause != nil && cause != (killed{}) {
				r.violate("panic", "%v\n%s", cause, debug.Stack())
			}
		}()
		body(context.Background())
	})
	r.tasks = append(r.tasks, t)
	r.resume(t)
}

func (r *run) resume(t *task) {
	r.current, r.latest = t, t
	_, more := t.resume()
	r.current = nil
	if !more {
		r.forget(t)
	}
}

// kill ends a task where it stands. Only its deferred functions still run.
func (r *run) kill(t *task) {
	r.current = t
	t.stop()
	r.current = nil
	r.forget(t)
}

func (r *run) forget(ended *task) {
	r.tasks = slices.DeleteFunc(r.tasks, func(t *task) bool { return t == ended })
	if r.latest == ended {
		r.latest = nil
	}
}

// yield lets anything else happen before the present task goes on, if it ever does.
func (r *run) yield() {
	if !r.current.pause(struct{}{}) {
		panic(killed{})
	}
}
