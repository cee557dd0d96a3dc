package servers

import (
	"context"
	"net"
	"strconv"
)

// dial returns nil when something accepts connections on the loopback port.
func dial(ctx context.Context, port int) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return conn.Close()
}
