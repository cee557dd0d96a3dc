package httpkit

import (
	"net"
	"sync"
	"time"
)

// conn is a connection of a client.
type conn struct {
	net.Conn
	server *Server

	mu       sync.Mutex
	busy     bool // part of a request was read, or it is being answered
	expelled bool
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
	if n > 0 {
		c.wake()
	}
	return n, err
}

// wake also lets a request be read to its end that began just when its
// connection was expelled.
func (c *conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = true
	if c.expelled {
		c.expelled = false
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
	if c.busy {
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
