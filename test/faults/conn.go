package faults

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
)

// errStale is the error of a write to a connection that is closed.
var errStale = errors.New("this connection is closed")

// freshConn is a connection that looks, before it is written to, whether the server has
// closed it, as many clients do. http.Transport alone learns of it by a goroutine of its
// own, which on a busy machine may come too late. When a kept connection fails before
// anything is sent, it mostly sends the request over another one by itself.
type freshConn struct {
	net.Conn
	sent atomic.Int64 // bytes
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &freshConn{Conn: c}, nil
}

// Write implements net.Conn.
func (c *freshConn) Write(b []byte) (int, error) {
	if c.isStale() {
		return 0, errStale
	}
	n, err := c.Conn.Write(b)
	c.sent.Add(int64(n))
	return n, err
}

// isStale reports whether the connection is closed, as far as is known on this side.
func (c *freshConn) isStale() (stale bool) {
	raw, err := c.Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return true
	}
	err = raw.Control(func(fd uintptr) {
		n, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK) // it doesn't block: no socket of Go's does
		stale = n == 0 || errors.Is(err, syscall.ECONNRESET)
	})
	return stale || err != nil
}
