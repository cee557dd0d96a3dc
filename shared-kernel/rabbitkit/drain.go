package rabbitkit

import "sync"

// drain counts the deliveries in hand and lets a consumer stop without losing
// or refusing any: once it has begun, deliveries that still arrive wait,
// unacknowledged, until the consumer is closed, and the broker gives them to
// another one. Refusing them instead would have the broker send them again at
// once, round and round, until their delivery limit is reached.
type drain struct {
	mu       sync.Mutex
	inHand   int
	begun    chan struct{} // closed when it begins
	idle     chan struct{} // closed when it has begun and nothing is in hand
	released chan struct{} // closed when the consumer is closed
}

func newDrain() *drain {
	return &drain{begun: make(chan struct{}), idle: make(chan struct{}), released: make(chan struct{})}
}

// enter takes a delivery into hand. When it returns false, the drain has begun.
func (d *drain) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopping() {
		return false
	}
	d.inHand++
	return true
}

// leave ends what enter began.
func (d *drain) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inHand--
	if d.stopping() && d.inHand == 0 {
		close(d.idle)
	}
}

// begin may be called more than once.
func (d *drain) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopping() {
		return
	}
	close(d.begun)
	if d.inHand == 0 {
		close(d.idle)
	}
}

func (d *drain) stopping() bool {
	select {
	case <-d.begun:
		return true
	default:
		return false
	}
}
