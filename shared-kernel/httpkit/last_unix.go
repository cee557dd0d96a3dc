//go:build unix

package httpkit

import (
	"errors"
	"net"
	"syscall"
)

// lastLook reads what has arrived on a connection whose time is up, and otherwise tells
// the client at once that it is closed: a client that sends later can know. Go reports a
// deadline that has passed without looking, also when a request has arrived meanwhile
// that nobody had a processor to read.
func lastLook(c net.Conn, b []byte) (n int) {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0 // it is closed
	}
	_ = raw.Control(func(fd uintptr) { // fails only when it is closed
		for {
			read, _, err := syscall.Recvfrom(int(fd), b, 0) // it doesn't block: no socket of Go's does
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			if n = max(read, 0); n == 0 {
				_ = syscall.Shutdown(int(fd), syscall.SHUT_WR) // fails only when the client has reset it
			}
			return
		}
	})
	return n
}
