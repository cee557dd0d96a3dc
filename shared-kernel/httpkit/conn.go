package httpkit

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// conn is a connection of a client.
type conn struct {
	net.Conn
	roster *roster
	until  time.Time // of a spare one: when its request must have been read; else zero

	mu       sync.Mutex
	busy     bool // part of a request was read, or it is being answered
	answered bool // all that was read so far, unless more requests came with the last one
	expelled bool
	last     bool // it is closed with its next answer
}

func newConn(accepted net.Conn, r *roster) *conn {
	c := &conn{Conn: accepted, roster: r}
	r.add(c)
	return c
}

// newSpareConn is for a connection that is one too many.
func newSpareConn(accepted net.Conn, r *roster) *conn {
	c := &conn{Conn: accepted, roster: r, until: time.Now().Add(spareTimeout), last: true}
	r.add(c)
	return c
}

func (c *conn) isSpare() bool { return !c.until.IsZero() }

// Read implements net.Conn. It makes the connection busy, and idle before that when
// the request that comes next is still to be waited for.
func (c *conn) Read(b []byte) (int, error) {
	c.rest()
	n, err := c.Conn.Read(b)
	if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && c.ends() {
		if n = lastLook(c.Conn, b); n > 0 {
			err = nil
		}
	}
	if n > 0 {
		c.wake()
	}
	return n, err
}

// SetReadDeadline implements net.Conn. An expelled connection has its own, which the
// server doesn't know of: it may be about to begin its wait for a request.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.expelled {
		return nil
	}
	return c.readUntil(t)
}

// readUntil is called with mu held.
func (c *conn) readUntil(t time.Time) error {
	if c.isSpare() && t.After(c.until) {
		t = c.until
	}
	return c.Conn.SetReadDeadline(t)
}

// ends reports whether the wait that is over was that for a request, not that for the
// rest of one.
func (c *conn) ends() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expelled = !c.busy // it may have been idle for too long
	return c.expelled
}

// wake also lets a request be read to its end that began just when its
// connection was expelled.
func (c *conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.busy {
		c.busy = true
		c.roster.setBusy(c)
	}
	if c.expelled {
		c.expelled = false
		_ = c.readUntil(time.Now().Add(readTimeout)) // fails only when it is closed
	}
}

// setAnswered says whether all requests that were begun are answered. The server may
// have read the next one together with them, so that is not when the connection rests.
func (c *conn) setAnswered(all bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered = all
}

// rest makes a connection idle whose requests are answered.
func (c *conn) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.answered {
		return
	}
	c.answered, c.busy = false, false
	c.roster.setIdle(c)
}

// isLast reports whether the connection is closed with its next answer.
func (c *conn) isLast() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// expel ends the wait for a request on an idle connection, which has the server
// close it. Closing it here instead could hit a request that was read already.
func (c *conn) expel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy {
		return
	}
	c.endWait()
}

// makeRoom expels the connection for a new one, and reports whether it was idle. A
// request that comes all the same is its last.
func (c *conn) makeRoom() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy {
		return false
	}
	c.last = true
	c.roster.setGoing(c)
	c.endWait()
	return true
}

// endWait is called with mu held.
func (c *conn) endWait() {
	c.expelled = true
	_ = c.readUntil(time.Now()) // fails only when it is closed
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.roster.remove(c)
	return c.Conn.Close()
}
