package sim

import (
	"context"
	"slices"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/simkit"
)

// move is something that can happen next.
type move struct {
	kind    moveKind
	task    *task
	service *service
	process *process
}

type moveKind int

const (
	goOn    moveKind = iota // a task goes on
	publish                 // a relay takes a row of the service's outbox
	deliver                 // the broker delivers a message of the service's queue
	work                    // the service does what it does by itself
	arrive                  // something late arrives
	restart                 // a process starts again
	place                   // a customer places an order
)

// moves returns what can happen next. What comes first is the undisturbed
// order: a task runs to its end, then the oldest things are done, and customers
// come when nothing else is to do.
func (r *run) moves() []move {
	moves := r.scratch[:0]
	if r.latest != nil && r.works(r.latest.process) {
		moves = append(moves, move{kind: goOn, task: r.latest})
	}
	for _, t := range r.tasks {
		if t != r.latest && r.works(t.process) {
			moves = append(moves, move{kind: goOn, task: t})
		}
	}
	for _, s := range r.services {
		moves = r.movesOf(moves, s)
	}
	if len(r.late) > 0 {
		moves = append(moves, move{kind: arrive})
	}
	for _, s := range r.services {
		for _, p := range s.processes {
			if p.running == nil {
				moves = append(moves, move{kind: restart, process: p})
			}
		}
	}
	if r.customers.toPlace > 0 && r.hasProcess(r.byName["order"]) {
		moves = append(moves, move{kind: place})
	}
	r.scratch = moves
	return moves
}

func (r *run) movesOf(moves []move, s *service) []move {
	if !r.hasProcess(s) {
		return moves
	}
	if s.outbox != nil && slices.ContainsFunc(s.outbox.Rows(), isUnclaimed) {
		moves = append(moves, move{kind: publish, service: s})
	}
	if slices.ContainsFunc(s.queue.messages, r.isDeliverable) {
		moves = append(moves, move{kind: deliver, service: s})
	}
	for _, p := range s.processes {
		if w, works := p.running.(worker); works && r.works(p) && w.Due() {
			moves = append(moves, move{kind: work, service: s, process: p})
		}
	}
	return moves
}

func (r *run) hasProcess(s *service) bool {
	return slices.ContainsFunc(s.processes[:], r.works)
}

func isUnclaimed(row *simkit.Row) bool { return row.ClaimedBy == 0 }

func (r *run) isDeliverable(m *message) bool { return m.holder == nil && !r.now.Before(m.notBefore) }

func (r *run) play(m move) {
	switch m.kind {
	case goOn:
		r.resume(m.task)
	case publish:
		row := oneOfMatching(r, m.service.outbox.Rows(), isUnclaimed)
		p := r.anyProcess(m.service)
		r.begin(p, func(context.Context) { r.relay(p, row) })
	case deliver:
		message := oneOfMatching(r, m.service.queue.messages, r.isDeliverable)
		p := r.anyProcess(m.service)
		r.begin(p, func(ctx context.Context) { r.deliver(ctx, p, message) })
	case work:
		r.begin(m.process, func(ctx context.Context) { r.work(ctx, m.process.running.(worker)) })
	case arrive:
		i := r.pick(len(r.late))
		arrived := r.late[i]
		r.late = slices.Delete(r.late, i, i+1)
		r.say("", arrived.what, arrived.id, "arrives late")
		arrived.effect()
	case restart:
		r.say("", m.process.name, "starts again")
		m.process.running = m.process.service.start()
	case place:
		r.customers.toPlace--
		r.placeOrder()
	}
}

// work: what keeps it from being done is recorded by the services and comes
// again. Only a gateway that contradicts itself must not be.
func (r *run) work(ctx context.Context, w worker) {
	if err := w.Work(ctx); errs.Is(err, errs.Contradiction) {
		r.violate("gateway contradiction", "%v", err)
	}
}

// oneOfMatching chooses one of those that match; there is at least one.
func oneOfMatching[T any](r *run, all []T, matches func(T) bool) T {
	matching := slices.Collect(func(yield func(T) bool) {
		for _, one := range all {
			if matches(one) && !yield(one) {
				return
			}
		}
	})
	return matching[r.pick(len(matching))]
}
