package httpkit

import (
	"net"
	"time"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/errs"
)

const (
	// spareConnections may be open beyond the most that may be, for probes, and so that
	// whoever else comes gets an answer.
	spareConnections = 64
	// spareTimeout is for how long the request of such a one may take to come.
	spareTimeout = 2 * time.Second
)

// admit makes a connection one of the server's. Each takes memory, for its buffers and
// for what its client waits for: when as many are open as may be, the one has to go
// that has been idle for the longest time; when none is idle, the new one is a spare
// one; and when there are too many of those, it is closed, and there is none.
func (s *Server) admit(accepted net.Conn) (c net.Conn, admitted bool) {
	open := s.conns.count()
	switch {
	case open < s.most:
		return newConn(accepted, s.conns), true
	case open >= s.most+spareConnections:
		s.makeRoom() // for the next one
		_ = accepted.Close()
		return nil, false
	case s.makeRoom():
		return newConn(accepted, s.conns), true
	}
	return newSpareConn(accepted, s.conns), true
}

func (s *Server) makeRoom() bool {
	for c := s.conns.longestIdle(); c != nil; c = s.conns.longestIdle() {
		if c.makeRoom() { // it may have got busy meanwhile
			return true
		}
	}
	return false
}

// refuseSpare answers what comes over a spare connection. Probes are answered before
// it: whoever watches the service must not take one that is full for a dead one.
func refuseSpare(c *fiber.Ctx) error {
	if own, served := c.Context().Conn().(*conn); served && own.isSpare() {
		return errs.New(errs.Overloaded, "too many connections are open")
	}
	return c.Next()
}
