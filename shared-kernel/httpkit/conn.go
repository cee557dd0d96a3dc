package httpkit

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// lastLook is how long an expelled connection is still read. Go reports a deadline
// that has passed without looking, also when a request has arrived meanwhile that
// nobody had a processor to read.
const lastLook = 10 * time.Millisecond

// conn is a connection of a client.
type conn struct {
	net.Conn
	server *Server

	mu       sync.Mutex
	busy     bool // part of a request was read, or it is being answered
	expelled bool
	leaving  bool // it has had its last look
}

// full tells whether as many connections are open as may be. Each takes memory, for
// its buffers and for what its client waits for.
func (s *Server) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns) >= s.most
}

func (s *Server) newConn(accepted net.Conn) *conn {
	c := &conn{Conn: accepted, server: s}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = struct{}{}
	return c
}

// Read implements net.Conn. It makes the connection busy.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && c.leave() {
		n, err = c.Conn.Read(b)
	}
	if n > 0 {
		c.wake()
	}
	return n, err
}

// leave lets an expelled connection be read once more, and reports whether it may.
func (c *conn) leave() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.expelled || c.leaving {
		return false
	}
	c.leaving = true
	return c.SetReadDeadline(time.Now().Add(lastLook)) == nil
}

// wake also lets a request be read to its end that began just when its
// connection was expelled.
func (c *conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = true
	if c.expelled {
		c.expelled, c.leaving = false, false
		_ = c.SetReadDeadline(time.Now().Add(readTimeout)) // fails only when it is closed
	}
}

// rest makes the connection idle: its request is answered.
func (c *conn) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
}

// expel ends the wait for a request on an idle connection, which has the server
// close it. Closing it here instead could hit a request that was read already.
func (c *conn) expel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy || c.leaving {
		return
	}
	c.expelled = true
	_ = c.SetReadDeadline(time.Now()) // fails only when it is closed
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.server.mu.Lock()
	delete(c.server.conns, c)
	c.server.mu.Unlock()
	return c.Conn.Close()
}
