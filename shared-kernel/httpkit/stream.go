package httpkit

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

const (
	// takeTimeout is for how long a client of a stream may take nothing of what is
	// sent to it.
	takeTimeout = 10 * time.Second
	// partingTimeout is what it gets when the stream has to end.
	partingTimeout = 500 * time.Millisecond
	// reconnectAfter is what clients are told to wait before they come back.
	reconnectAfter = time.Second
)

// Event is one server-sent event
// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
type Event struct {
	ID   string // a client that comes back sends the last one as Last-Event-ID
	Type string
	Data []byte // of one line
}

// Stream is an open answer of server-sent events.
type Stream struct {
	w    *bufio.Writer
	conn net.Conn

	mu      sync.Mutex
	parting bool // the stream has to end: no more patience
}

// ServeStream answers with server-sent events. serve writes them, after the
// handler has returned: it must not touch the request. Its context carries what
// the request's does and ends when the server begins to stop, when the client has
// gone (as OnGone sees it), and when the caller's token isn't good any more; then, and
// after an error of the Stream, it has to return. The connection is closed with the
// stream, so that a stop needn't wait for what the client may still ask over it.
func ServeStream(c *fiber.Ctx, log *slog.Logger, serve func(ctx context.Context, s *Stream)) {
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set(fiber.HeaderCacheControl, noStore)
	c.Set("X-Accel-Buffering", "no") // proxies should pass on each event at once
	c.Context().SetConnectionClose()
	ctx, cancel := whileGood(context.WithoutCancel(c.UserContext()), CallerOf(c))
	if c.Method() == fiber.MethodHead {
		cancel() // there is nobody to write to
	}
	s := &Stream{conn: c.Context().Conn()}
	stopped := context.AfterFunc(Serving(c), cancel)
	unwatch := OnGone(c, cancel)
	parted := context.AfterFunc(ctx, s.part)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer cancel()
		defer stopped()
		defer unwatch()
		defer parted()
		defer func() {
			if cause := recover(); cause != nil { // it would end the process
				log.ErrorContext(ctx, "panic in a stream", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			}
		}()
		s.w = w
		serve(ctx, s)
	})
}

// whileGood returns a context that ends with the caller's token.
func whileGood(ctx context.Context, caller Caller) (context.Context, context.CancelFunc) {
	if caller.Until.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, caller.Until)
}

// Begin sends the headers, and the id of what came before the first event: a
// client that loses the connection before it comes back with that one.
func (s *Stream) Begin(id string) error {
	return s.write(func() {
		s.field("retry", strconv.FormatInt(reconnectAfter.Milliseconds(), 10))
		s.field("id", id)
		s.end()
	})
}

// Beat sends a comment, which keeps the connection open on its way through
// proxies and finds out whether the client is still there. id is where the stream
// has got to, in case that nothing of it was for this client.
func (s *Stream) Beat(id string) error {
	return s.write(func() {
		s.field("", "heartbeat")
		s.field("id", id)
		s.end()
	})
}

// Send sends the events. An error says that the client is gone, or doesn't keep up.
func (s *Stream) Send(events []Event) error {
	return s.write(func() {
		for _, e := range events {
			s.field("id", e.ID)
			s.field("event", e.Type)
			s.field("data", string(e.Data))
			s.end()
		}
	})
}

// write gives the client its time before anything is sent: the buffered writer
// also flushes by itself. Its errors stay until its flush.
func (s *Stream) write(fields func()) error {
	if err := s.extend(); err != nil {
		return err
	}
	fields()
	return s.w.Flush()
}

func (s *Stream) field(name, value string) { _, _ = s.w.WriteString(name + ": " + value + "\n") }

// end ends an event.
func (s *Stream) end() { _ = s.w.WriteByte('\n') }

func (s *Stream) extend() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parting {
		return nil
	}
	return s.conn.SetWriteDeadline(time.Now().Add(takeTimeout))
}

// part cuts short a write that waits for a client.
func (s *Stream) part() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parting = true
	_ = s.conn.SetWriteDeadline(time.Now().Add(partingTimeout)) // fails only when it is closed
}
