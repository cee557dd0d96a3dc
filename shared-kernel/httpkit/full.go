package httpkit

import (
	"encoding/json"
	"fmt"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
)

// refusal is what a connection gets that is one too many. No request of it is read.
var refusal = func() []byte {
	body, err := json.Marshal(newProblem(fiber.StatusServiceUnavailable, "Too many connections are open."))
	if err != nil {
		panic(err) // never: a number and texts
	}
	return fmt.Appendf(nil, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: %s\r\nRetry-After: %s\r\n"+
		"Connection: close\r\nContent-Length: %d\r\n\r\n%s", problemContentType, retryAfterSeconds, len(body), body)
}()

// refuseWithin is more than it takes to hand so little to a new socket.
const refuseWithin = 100 * time.Millisecond

// refuse closes a connection. Its errors are those of a client that has gone.
func refuse(c net.Conn) {
	_ = c.SetWriteDeadline(time.Now().Add(refuseWithin))
	_, _ = c.Write(refusal)
	_ = c.Close()
}
