package httpkit

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

const (
	// linger is for how long connections that are kept open may still bring a
	// request after a stop has begun. They learn from its answer that it was the
	// last one. Closing them at once would cut off the requests that are on their
	// way just then.
	linger = 500 * time.Millisecond
	// expelEvery is how often what has become idle is looked for after that.
	expelEvery = 10 * time.Millisecond
	// answerWithin is what requests in hand get when a stop begins: what they wait for
	// may be away, and then they deserve a 503 while there is still time for one.
	answerWithin = 6 * time.Second
)

// Server serves an application and can be stopped without a request losing its
// answer. fasthttp's own shutdown closes idle connections at once, also those
// that a request has just arrived on; doesn't tell the others that they are
// about to end; and waits for connections that never bring a request.
type Server struct {
	app     *fiber.App
	most    int             // connections
	serving context.Context // ends when a stop begins
	drain   context.CancelFunc
	waiting context.Context // ends when requests in hand have to
	giveUp  context.CancelFunc
	served  chan struct{} // closed when nothing is accepted any more

	linger, answerWithin, lookEvery time.Duration

	conns *roster

	mu       sync.Mutex
	listener *listener
}

// NewServer returns a server that is not serving yet. When most connections are open,
// a new one takes the place of an idle one. When there is none, it gets an answer, and
// is closed: a 503, unless it is /healthz, /readyz or /metrics that it asks for.
func NewServer(app *fiber.App, most int) *Server {
	s := &Server{app: app, most: most, served: make(chan struct{}), linger: linger, answerWithin: answerWithin, lookEvery: lookEvery, conns: newRoster()}
	s.serving, s.drain = context.WithCancel(context.Background())
	s.waiting, s.giveUp = context.WithCancel(context.Background())
	server := app.Server()
	handle := server.Handler
	server.Handler = func(c *fasthttp.RequestCtx) {
		c.SetUserValue(serverKey{}, s)
		nameMethod(c)
		handle(c)
		if s.serving.Err() != nil || c.Conn().(*conn).isLast() {
			c.SetConnectionClose()
		}
	}
	server.ConnState = func(c net.Conn, state fasthttp.ConnState) {
		switch state {
		case fasthttp.StateIdle:
			c.(*conn).setAnswered(true)
		case fasthttp.StateActive: // part of a request is there
			c.(*conn).setAnswered(false)
		}
	}
	return s
}

type serverKey struct{}

func serverOf(c *fiber.Ctx) (*Server, bool) {
	s, served := c.Locals(serverKey{}).(*Server)
	return s, served // not in a test without a server
}

// Serving returns a context that ends when the server begins to stop. Whoever
// waits for something in a request should give up then and answer.
func Serving(c *fiber.Ctx) context.Context {
	if s, served := serverOf(c); served {
		return s.serving
	}
	return context.Background()
}

// Serve accepts connections until Shutdown, and then returns nil. It is called
// once.
func (s *Server) Serve(tcp *net.TCPListener) error {
	defer close(s.served)
	l := &listener{TCPListener: tcp, server: s}
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	return s.app.Listener(l)
}

// Shutdown takes no more connections, answers the requests that have arrived,
// and returns when all connections are closed. When ctx ends before that, it
// returns its error. The contexts of requests end after six seconds.
func (s *Server) Shutdown(ctx context.Context) error {
	s.drain()
	defer time.AfterFunc(s.answerWithin, s.giveUp).Stop()
	s.mu.Lock()
	l := s.listener
	s.mu.Unlock()
	if l == nil {
		return nil
	}
	l.stop()
	select {
	case <-s.served:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.waitUntilEmpty(ctx)
}

func (s *Server) waitUntilEmpty(ctx context.Context) error {
	expelAt := time.Now().Add(s.linger)
	ticks := time.NewTicker(expelEvery)
	defer ticks.Stop()
	for {
		open := s.conns.all()
		if len(open) == 0 {
			return nil
		}
		if time.Now().After(expelAt) {
			for _, c := range open {
				c.expel()
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks.C:
		}
	}
}
