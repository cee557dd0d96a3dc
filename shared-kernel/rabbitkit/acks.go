package rabbitkit

import (
	"runtime"
	"slices"
	"sync"
)

// acks gathers the acknowledgements of one channel. What was settled together, by
// one commit, is acknowledged together: an acknowledgement of several messages is
// one frame, and one entry in the log of a quorum queue, where one of each would
// be as many.
//
// A channel numbers its deliveries from 1. Up to the first that is still in hand,
// or was let go, one acknowledgement with "multiple" does; those beyond it have
// one each.
type acks struct {
	send func(tag uint64, multiple bool) error // on the channel
	fail func(error)                           // the channel is lost

	mu      sync.Mutex
	waiting []uint64
	sending bool
	idle    sync.Cond

	// The next two belong to the one who sends.
	through uint64          // up to which all are acknowledged
	beyond  map[uint64]bool // acknowledged apart
}

func newAcks(send func(tag uint64, multiple bool) error, fail func(error)) *acks {
	a := &acks{send: send, fail: fail, beyond: map[uint64]bool{}}
	a.idle.L = &a.mu
	return a
}

// add has the delivery acknowledged, soon. It doesn't wait for that: the broker
// delivers again what it has not heard of.
func (a *acks) add(tag uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = append(a.waiting, tag)
	if !a.sending {
		a.sending = true
		go a.work()
	}
}

// flush returns when everything that was added before is sent.
func (a *acks) flush() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.sending {
		a.idle.Wait()
	}
}

func (a *acks) work() {
	for {
		runtime.Gosched() // whoever is about to add does so first
		a.mu.Lock()
		batch := a.waiting
		a.waiting = nil
		if len(batch) == 0 {
			a.sending = false
			a.idle.Broadcast()
			a.mu.Unlock()
			return
		}
		a.mu.Unlock()
		if err := a.acknowledge(batch); err != nil {
			a.fail(err)
		}
	}
}

// acknowledge sends as few acknowledgements as the batch allows.
func (a *acks) acknowledge(batch []uint64) error {
	slices.Sort(batch)
	var together uint64 // one of the batch: the broker refuses a tag that it has heard of
	var apart []uint64
	for _, tag := range batch {
		if tag == a.through+1 {
			together = tag
			a.through = tag
			a.advance()
			continue
		}
		apart = append(apart, tag)
	}
	if together > 0 {
		if err := a.send(together, true); err != nil {
			return err
		}
	}
	for _, tag := range apart {
		a.beyond[tag] = true
		if err := a.send(tag, false); err != nil {
			return err
		}
	}
	return nil
}

// advance moves through over what was acknowledged apart before.
func (a *acks) advance() {
	for a.beyond[a.through+1] {
		a.through++
		delete(a.beyond, a.through)
	}
}
