package rabbitkit

import (
	"net"
	"sync"
	"time"
)

const (
	// mostGathered is how many bytes wait for the socket before a write waits, too.
	mostGathered = 1 << 20
	// goodbye bounds the wait for the last bytes of a connection that is closed.
	goodbye = 500 * time.Millisecond
)

// gathering is a connection whose writes are gathered while the one before is
// under way. The client library writes every acknowledgement and every message by
// itself; under load a system call, and a packet for the broker to read, then
// carries many of them. A single write on an idle connection leaves at once.
type gathering struct {
	net.Conn

	mu      sync.Mutex
	changed sync.Cond
	waiting []byte
	spare   []byte // the other of two buffers
	closed  bool
	err     error         // of the socket
	done    chan struct{} // closed when nothing is written any more
}

func newGathering(socket net.Conn) *gathering {
	g := &gathering{Conn: socket, done: make(chan struct{})}
	g.changed.L = &g.mu
	go g.flush()
	return g
}

// Write implements net.Conn. Its error may be that of an earlier write.
func (g *gathering) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.waiting) >= mostGathered && g.err == nil && !g.closed {
		g.changed.Wait()
	}
	switch {
	case g.err != nil:
		return 0, g.err
	case g.closed:
		return 0, net.ErrClosed
	}
	g.waiting = append(g.waiting, b...)
	g.changed.Broadcast()
	return len(b), nil
}

// flush hands over to the socket until the connection is closed or lost.
func (g *gathering) flush() {
	defer close(g.done)
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		for len(g.waiting) == 0 && !g.closed {
			g.changed.Wait()
		}
		if len(g.waiting) == 0 {
			return
		}
		batch := g.waiting
		g.waiting = g.spare[:0]
		g.mu.Unlock()
		_, err := g.Conn.Write(batch)
		g.mu.Lock()
		g.spare = batch
		g.changed.Broadcast()
		if err != nil {
			g.err = err
			return
		}
	}
}

// Close implements net.Conn. What was written before is still sent, as far as
// the broker reads it within half a second.
func (g *gathering) Close() error {
	g.mu.Lock()
	g.closed = true
	g.changed.Broadcast()
	g.mu.Unlock()
	timer := time.NewTimer(goodbye)
	defer timer.Stop()
	select {
	case <-g.done:
	case <-timer.C:
	}
	return g.Conn.Close()
}
