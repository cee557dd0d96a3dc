package sim

import (
	"slices"
	"time"
)

// disturbance is something that happens to the system without anybody's need.
type disturbance int

const (
	nothing      disturbance = iota
	crash                    // a process ends between two steps
	freeze                   // a process stands still, for longer than every lease
	passTime                 // everything takes long
	duplicate                // a message comes twice
	holdBack                 // a message comes late
	redeliver                // a message that was handled comes again
	cancelOrder              // a customer cancels
	restock                  // somebody sets a product's stock
	disturbances             // how many there are
)

var (
	freezes  = []time.Duration{12 * time.Second, 40 * time.Second, 2 * time.Minute}
	lulls    = []time.Duration{time.Second, 10 * time.Second, 45 * time.Second, 90 * time.Second}
	holdings = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute}
)

// disturb makes one happen; where there is nothing to disturb, nothing does.
func (r *run) disturb(d disturbance) {
	switch d {
	case crash:
		if p := r.processOfAll(); p.running != nil {
			r.crash(p)
		}
	case freeze:
		if p := r.processOfAll(); r.works(p) {
			r.freeze(p, freezes[r.choices.any(len(freezes))])
		}
	case passTime:
		r.stats.Lulls++
		r.pass(lulls[r.choices.any(len(lulls))])
	case duplicate:
		r.again("duplicates", &r.stats.Duplicates, func(q *queue) []*message { return q.messages })
	case redeliver:
		r.again("redelivers", &r.stats.Redeliveries, func(q *queue) []*message { return q.handled })
	case holdBack:
		r.holdBack()
	case cancelOrder:
		r.cancelOrder()
	case restock:
		r.restock()
	}
}

func (r *run) processOfAll() *process {
	s := r.services[r.choices.any(len(r.services))]
	return s.processes[r.choices.any(len(s.processes))]
}

func (r *run) again(what string, count *int, among func(*queue) []*message) {
	if q, m := r.anyMessage(among); m != nil {
		r.say("!", what, m.Type, m.EventID, "of", m.Subject)
		*count++
		r.duplicate(q, m)
	}
}

func (r *run) holdBack() {
	_, m := r.anyMessage(func(q *queue) []*message {
		return slices.DeleteFunc(slices.Clone(q.messages), func(m *message) bool { return m.holder != nil })
	})
	if m == nil {
		return
	}
	held := holdings[r.choices.any(len(holdings))]
	r.say("!", "holds back", m.Type, m.EventID, "of", m.Subject, "for", held.String())
	r.stats.HeldBack++
	m.notBefore = r.now.Add(held)
}

// anyMessage chooses a message of the queues that have one; nil when none has.
func (r *run) anyMessage(among func(*queue) []*message) (*queue, *message) {
	type candidate struct {
		queue   *queue
		message *message
	}
	var all []candidate
	for _, s := range r.services {
		for _, m := range among(s.queue) {
			all = append(all, candidate{s.queue, m})
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	chosen := all[r.choices.any(len(all))]
	return chosen.queue, chosen.message
}
