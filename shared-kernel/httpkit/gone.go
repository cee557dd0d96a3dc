package httpkit

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// lookEvery is how often a client that waits is looked for.
const lookEvery = time.Second

// OnGone calls do when the client has closed its connection, a second later at most,
// unless stop is called before that. A request that takes its time needs it: the server
// doesn't look at the connection until it has an answer for it. That answer is still to
// be given: a client that closes only its own side, as few do, looks just the same. One
// that vanishes without a word is seen when limitSilence has ended its connection.
func OnGone(c *fiber.Ctx, do func()) (stop func()) {
	own, served := c.Context().Conn().(*conn)
	s, _ := serverOf(c)
	if !served {
		return func() {} // in a test without a server
	}
	stopped := make(chan struct{})
	go func() {
		looks := time.NewTicker(s.lookEvery)
		defer looks.Stop()
		for {
			select {
			case <-stopped:
				return
			case <-looks.C:
				if hasGone(own.Conn) {
					do()
					return
				}
			}
		}
	}()
	return func() { close(stopped) }
}
