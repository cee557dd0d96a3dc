//go:build !linux

package httpkit

import "net"

// limitSilence would have a connection end when its client has vanished. There is no way
// to say so here; the system gives up on such a one in its own time.
func limitSilence(net.Conn) {}
