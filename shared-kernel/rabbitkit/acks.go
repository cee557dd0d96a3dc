package rabbitkit

import (
	"slices"
	"sync"
	"time"
)

// ackWithin is how long an acknowledgement waits for others. Nobody waits for it, and at
// once it would be written to the queue's log, and synced, just when the event that the
// message has caused is to be published, which then takes a sync longer.
const ackWithin = 20 * time.Millisecond

// acks gathers the acknowledgements of one channel. Those of several messages are
// one frame, and one entry in the log of a quorum queue, where one of each would
// be as many.
//
// A channel numbers its deliveries from 1. Up to the first that is still in hand,
// or was let go, one acknowledgement with "multiple" does; those beyond it have
// one each.
type acks struct {
	send func(tag uint64, multiple bool) error // on the channel
	fail func(error)                           // the channel is lost
	most int                                   // that wait for others

	mu      sync.Mutex
	waiting []uint64
	sending bool
	idle    sync.Cond
	flushes int           // for which nothing may wait
	now     chan struct{} // they wait no longer

	// The next two belong to the one who sends. What is missing is outstanding, so it is no more
	// than the broker sends ahead, however long one of them is held.
	highest uint64          // that is acknowledged
	missing map[uint64]bool // those below it that are not
}

func newAcks(most int, send func(tag uint64, multiple bool) error, fail func(error)) *acks {
	a := &acks{send: send, fail: fail, most: most, now: make(chan struct{}, 1), missing: map[uint64]bool{}}
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
	if len(a.waiting) >= a.most || a.flushes > 0 {
		a.hurry()
	}
}

func (a *acks) hurry() {
	select {
	case a.now <- struct{}{}:
	default: // it is told already
	}
}

// flush returns when everything that was added before is sent.
func (a *acks) flush() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.flushes++
	defer func() { a.flushes-- }()
	a.hurry()
	for a.sending {
		a.idle.Wait()
	}
}

// work sends what waits until nothing does.
func (a *acks) work() {
	for some := true; some; {
		select {
		case <-time.After(ackWithin):
		case <-a.now:
		}
		if err := a.acknowledge(a.take()); err != nil {
			a.fail(err)
		}
		some = a.more()
	}
}

func (a *acks) take() (batch []uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	batch, a.waiting = a.waiting, nil
	return batch
}

func (a *acks) more() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sending = len(a.waiting) > 0; !a.sending {
		a.idle.Broadcast()
	}
	return a.sending
}

// acknowledge sends as few acknowledgements as the batch allows. The one for many has a tag
// of the batch: the broker refuses one that it has heard of.
func (a *acks) acknowledge(batch []uint64) error {
	slices.Sort(batch)
	for _, tag := range batch {
		a.note(tag)
	}
	together, _ := slices.BinarySearch(batch, a.firstMissing())
	if together > 0 {
		if err := a.send(batch[together-1], true); err != nil {
			return err
		}
	}
	for _, tag := range batch[together:] {
		if err := a.send(tag, false); err != nil {
			return err
		}
	}
	return nil
}

func (a *acks) note(tag uint64) {
	for a.highest < tag {
		a.highest++
		a.missing[a.highest] = true
	}
	delete(a.missing, tag)
}

func (a *acks) firstMissing() uint64 {
	first := a.highest + 1
	for tag := range a.missing {
		first = min(first, tag)
	}
	return first
}
