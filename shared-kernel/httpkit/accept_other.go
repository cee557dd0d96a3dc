//go:build !unix

package httpkit

import "net"

// acceptWaiting would accept what stands in the listener's queue. There is no
// way to do so here; the few clients concerned find no connection.
func acceptWaiting(*net.TCPListener) []net.Conn { return nil }
