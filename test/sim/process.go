package sim

import (
	"context"
	"time"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/simkit"
)

// participant is one process of a service.
type participant interface {
	Handle(ctx context.Context, m contracts.Message) error
}

// worker is one that also works by itself.
type worker interface {
	Due() bool
	Work(ctx context.Context) error
}

// service is what the processes of a service share, which outlives them.
type service struct {
	name      string
	queue     *queue
	outbox    *simkit.Outbox // nil: it publishes nothing
	busy      func() bool    // something of it is still to come, with time
	start     func() participant
	processes [replicas]*process
}

// replicas is how many processes each service has.
const replicas = 2

// process is one of them.
type process struct {
	service     *service
	name        string
	running     participant // nil while it is down
	frozenUntil time.Time
}

// works reports whether the process runs and isn't frozen.
func (r *run) works(p *process) bool { return p.running != nil && !r.now.Before(p.frozenUntil) }

// anyProcess chooses one of the service's processes that work; nil when none does.
func (r *run) anyProcess(s *service) *process {
	var working []*process
	for _, p := range s.processes {
		if r.works(p) {
			working = append(working, p)
		}
	}
	if len(working) == 0 {
		return nil
	}
	return working[r.pick(len(working))]
}

// crash ends a process: what it had not committed is gone, what it held is free again.
func (r *run) crash(p *process) {
	r.say("!", p.name, "crashes")
	r.stats.Crashes++
	p.running, p.frozenUntil = nil, time.Time{}
	for _, t := range r.tasksOf(p) {
		r.kill(t)
	}
}

// freeze stops a process for a while. The others take it for dead: its
// connections are cut, so what it held is free for them, and when it wakes up it
// goes on as if nothing had been.
func (r *run) freeze(p *process, pause time.Duration) {
	r.say("!", p.name, "is frozen for", pause.String())
	r.stats.Freezes++
	p.frozenUntil = r.now.Add(pause)
	for _, t := range r.tasksOf(p) {
		r.release(t)
	}
}

func (r *run) tasksOf(p *process) (tasks []*task) {
	for _, t := range r.tasks {
		if t.process == p {
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// release gives the message and the outbox row that a task holds to others.
func (r *run) release(t *task) {
	for _, m := range t.process.service.queue.messages {
		if m.holder == t {
			m.holder = nil
		}
	}
	if outbox := t.process.service.outbox; outbox != nil {
		for _, row := range outbox.Rows() {
			if row.ClaimedBy == t.number {
				row.ClaimedBy = 0
			}
		}
	}
}
