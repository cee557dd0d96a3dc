//go:build !unix

package httpkit

import "net"

// hasGone would look whether the client has closed the connection. There is no way to
// do so here; its request is answered when it would have been anyway.
func hasGone(net.Conn) bool { return false }
