package httpkit

import (
	"container/list"
	"sync"
)

// roster is the list of the open connections.
type roster struct {
	mu    sync.Mutex
	open  map[*conn]*list.Element // where it stands among the idle ones; nil: it is busy
	idle  list.List               // of *conn, those in front for the longest time
	going map[*conn]struct{}      // expelled ones, closed at any moment
}

func newRoster() *roster {
	return &roster{open: map[*conn]*list.Element{}, going: map[*conn]struct{}{}}
}

func (r *roster) add(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[c] = nil
	if !c.isSpare() { // those make no room
		r.open[c] = r.idle.PushBack(c)
	}
}

func (r *roster) remove(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unlist(c)
	delete(r.open, c)
	delete(r.going, c)
}

func (r *roster) setBusy(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unlist(c)
	delete(r.going, c)
}

func (r *roster) setIdle(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, open := r.open[c]; open {
		r.unlist(c)
		r.open[c] = r.idle.PushBack(c)
	}
}

func (r *roster) setGoing(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, open := r.open[c]; open {
		r.unlist(c)
		r.going[c] = struct{}{}
	}
}

// unlist takes a connection from the idle ones, if it is there. The caller holds mu.
func (r *roster) unlist(c *conn) {
	if place := r.open[c]; place != nil {
		r.idle.Remove(place)
		r.open[c] = nil
	}
}

// longestIdle returns nil when none is idle.
func (r *roster) longestIdle() *conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if front := r.idle.Front(); front != nil {
		return front.Value.(*conn)
	}
	return nil
}

// count leaves out those that are closed at any moment.
func (r *roster) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open) - len(r.going)
}

func (r *roster) all() []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*conn, 0, len(r.open))
	for c := range r.open {
		all = append(all, c)
	}
	return all
}
