package httpkit

import (
	"fmt"
	"net"
	"time"
)

const refused = `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Too many connections are open."}`

// refusal is what a connection gets that is one too many. No request of it is read.
var refusal = fmt.Appendf(nil, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: %s\r\nRetry-After: %s\r\n"+
	"Connection: close\r\nContent-Length: %d\r\n\r\n%s", problemContentType, retryAfterSeconds, len(refused), refused)

// refuseWithin is more than it takes to hand so little to a new socket.
const refuseWithin = 100 * time.Millisecond

// refuse closes a connection. Its errors are those of a client that has gone.
func refuse(c net.Conn) {
	_ = c.SetWriteDeadline(time.Now().Add(refuseWithin))
	_, _ = c.Write(refusal)
	_ = c.Close()
}
