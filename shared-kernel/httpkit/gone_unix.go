//go:build unix

package httpkit

import (
	"errors"
	"net"
	"syscall"
)

// hasGone tells whether the client has closed the connection. What it has sent and
// nobody has read yet is another request of a client that is there.
func hasGone(c net.Conn) (gone bool) {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true // it is closed on this side
	}
	err = raw.Control(func(fd uintptr) {
		var next [1]byte
		n, _, err := syscall.Recvfrom(int(fd), next[:], syscall.MSG_PEEK) // it doesn't block: no socket of Go's does
		wait := errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
		gone = n <= 0 && !wait
	})
	return gone || err != nil
}
