package httpkit

import (
	"net"
	"syscall"
	"time"
)

const (
	// silenceMax is for how long a client's side may leave unacknowledged what was
	// sent to it, or asked of it by a keep-alive probe. Linux would go on for a quarter
	// of an hour, and a stream's signs of life never fill the buffer meanwhile.
	silenceMax = 20 * time.Second
	// tcpUserTimeout is TCP_USER_TIMEOUT (tcp(7)), which package syscall lacks.
	tcpUserTimeout = 0x12
)

// limitSilence has a connection end with an error when its client has vanished.
func limitSilence(accepted net.Conn) {
	socket, ok := accepted.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return // it is closed
	}
	_ = raw.Control(func(fd uintptr) { // fails only when it is closed
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(silenceMax.Milliseconds())) // nor does this
	})
}
