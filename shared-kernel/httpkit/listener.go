package httpkit

import (
	"errors"
	"net"
	"os"
	"time"
)

// listener hands out connections that know whether they are idle. It is closed
// by whoever accepts, after a last look: closed by another goroutine, it would
// reset the connections that its clients have just made.
type listener struct {
	*net.TCPListener
	server *Server
	// Used by Accept alone:
	closed bool
	last   []net.Conn // what the last look found
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	if l.closed {
		return l.acceptLast()
	}
	for {
		accepted, err := l.TCPListener.Accept()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			l.last, l.closed = acceptWaiting(l.TCPListener), true
			_ = l.Close() // it was open
			return l.acceptLast()
		}
		if err != nil {
			return nil, err
		}
		limitSilence(accepted)
		if c, admitted := l.server.admit(accepted); admitted {
			return c, nil
		}
	}
}

func (l *listener) acceptLast() (net.Conn, error) {
	if len(l.last) == 0 {
		return nil, net.ErrClosed
	}
	next := l.last[0]
	l.last = l.last[1:]
	limitSilence(next)
	return newConn(next, l.server.conns), nil
}

// stop has Accept take what is waiting and close.
func (l *listener) stop() {
	_ = l.SetDeadline(time.Now()) // fails only when it is closed
}
