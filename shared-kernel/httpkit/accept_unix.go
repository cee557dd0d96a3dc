//go:build unix

package httpkit

import (
	"net"
	"os"
	"syscall"
)

// acceptWaiting accepts the connections that stand in the listener's queue, and
// doesn't wait for more.
func acceptWaiting(l *net.TCPListener) []net.Conn {
	raw, err := l.SyscallConn()
	if err != nil {
		return nil
	}
	var waiting []net.Conn
	_ = raw.Control(func(listening uintptr) { // fails only when it is closed
		for {
			fd, _, err := syscall.Accept(int(listening))
			if err != nil {
				return // EAGAIN: none is left
			}
			file := os.NewFile(uintptr(fd), "")
			if c, err := net.FileConn(file); err == nil { // of a duplicate
				waiting = append(waiting, c)
			}
			_ = file.Close()
		}
	})
	return waiting
}
