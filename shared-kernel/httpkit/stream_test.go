package httpkit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// openStreams serves /stream from a desk: serve is what happens in each stream.
// Its server would linger for ever, so that a stop depends on the streams alone.
func openStreams(t *testing.T, serve func(ctx context.Context, s *Stream)) *desk {
	t.Helper()
	return openDesk(t, func(d *desk) {
		d.linger = time.Hour
		d.app.Get("/stream", func(c *fiber.Ctx) error {
			ServeStream(c, slog.New(slog.DiscardHandler), serve)
			return nil
		})
	})
}

// begun reads the head of an answer and its first event.
func (c *client) begun() *http.Response {
	c.t.Helper()
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = response.Body.Close() })
	body := bufio.NewReader(response.Body)
	response.Body = struct {
		io.Reader
		io.Closer
	}{body, response.Body}
	for text := ""; !strings.HasSuffix(text, "\n\n"); {
		line, err := body.ReadString('\n')
		if err != nil {
			c.t.Fatalf("%q, %v", text+line, err)
		}
		text += line
	}
	return response
}

// waits is a stream in which nothing happens.
func waits(ctx context.Context, s *Stream) {
	if s.Begin("7") == nil {
		<-ctx.Done()
	}
}

func TestStreamIsWrittenAsServerSentEvents(t *testing.T) {
	app := setup(t)
	app.Get("/stream", func(c *fiber.Ctx) error {
		ServeStream(c, slog.New(slog.DiscardHandler), func(_ context.Context, s *Stream) {
			err := errors.Join(s.Begin("7"),
				s.Send([]Event{{ID: "8", Type: "A", Data: []byte(`{"a":1}`)}, {ID: "9", Type: "B", Data: []byte(`{}`)}}), s.Beat("11"))
			if err != nil {
				t.Error(err)
			}
		})
		return nil
	})
	a := ask(t, app, "GET", "/stream", "")
	want := "retry: 1000\nid: 7\n\n" +
		"id: 8\nevent: A\ndata: {\"a\":1}\n\n" + "id: 9\nevent: B\ndata: {}\n\n" + ": heartbeat\nid: 11\n\n"
	if a.status != 200 || a.body != want {
		t.Errorf("%d %q, want %q", a.status, a.body, want)
	}
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		if got := a.header(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestOpenStreamsDontHoldUpTheShutdown(t *testing.T) {
	d := openStreams(t, waits)
	const many = 100
	var bodies []io.Reader
	for range many {
		c := d.connect(t)
		c.ask("/stream")
		bodies = append(bodies, c.begun().Body)
	}
	if err := <-d.shutdown(t); err != nil {
		t.Error(err)
	}
	for _, body := range bodies {
		if rest, err := io.ReadAll(body); err != nil || len(rest) > 0 {
			t.Errorf("a stream ended with %q, %v", rest, err) // not cut off in the middle
		}
	}
}

func TestClientThatTakesNothingDoesntHoldUpTheShutdown(t *testing.T) {
	const tooMuch = 64 << 20 // for all the buffers on the way
	begun := make(chan struct{})
	d := openStreams(t, func(_ context.Context, s *Stream) {
		close(begun)
		if err := s.Send([]Event{{ID: "1", Type: "A", Data: []byte(strings.Repeat("x", tooMuch))}}); err == nil {
			t.Error("everything was sent")
		}
	})
	d.connect(t).ask("/stream")
	<-begun
	if err := <-d.shutdown(t); err != nil {
		t.Error(err)
	}
}

// A stream lasts for longer than the client of any other answer may take to read it.
func TestStreamOutlastsTheWriteTimeout(t *testing.T) {
	read := make(chan struct{})
	d := openStreams(t, func(_ context.Context, s *Stream) {
		err := s.Begin("7")
		<-read
		err = errors.Join(err, s.conn.SetWriteDeadline(time.Unix(1, 0)), s.Beat("8"))
		if err != nil {
			t.Error(err)
		}
	})
	c := d.connect(t)
	c.ask("/stream")
	response := c.begun()
	close(read)
	if rest, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(rest), "heartbeat") {
		t.Errorf("%q, %v", rest, err)
	}
	if err := <-d.shutdown(t); err != nil {
		t.Error(err)
	}
}

func TestStreamLearnsThatItsClientIsGone(t *testing.T) {
	failed := make(chan error, 1)
	d := openStreams(t, func(_ context.Context, s *Stream) {
		err := s.Begin("7")
		for err == nil {
			err = s.Beat("7")
		}
		failed <- err
	})
	c := d.connect(t)
	c.ask("/stream")
	c.begun()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	<-failed
	if err := <-d.shutdown(t); err != nil {
		t.Error(err)
	}
}

// A client that has closed gives its place back, though nothing is sent to it.
func TestSilentStreamLearnsThatItsClientIsGone(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	d := openStreams(t, func(ctx context.Context, s *Stream) {
		close(begun)
		waits(ctx, s)
		close(ended)
	})
	d.lookEvery = time.Millisecond
	c := d.connect(t)
	c.ask("/stream")
	c.begun()
	<-begun
	d.leaves(t, c, ended)
}

func TestStreamEndsWithTheTokenOfItsCaller(t *testing.T) {
	d := openDesk(t, func(d *desk) {
		d.app.Get("/stream", func(c *fiber.Ctx) error {
			SetCaller(c, Caller{Subject: "customer-1", Until: time.Now().Add(10 * time.Millisecond)})
			ServeStream(c, slog.New(slog.DiscardHandler), waits)
			return nil
		})
	})
	c := d.connect(t)
	c.ask("/stream")
	if rest, err := io.ReadAll(c.begun().Body); err != nil || len(rest) > 0 {
		t.Errorf("the stream ended with %q, %v", rest, err) // not cut off in the middle
	}
	if err := <-d.shutdown(t); err != nil {
		t.Error(err)
	}
}

// A token that ends doesn't wait for a client that takes nothing.
func TestTokenEndsAStreamThatIsNotRead(t *testing.T) {
	ended := make(chan error, 1)
	d := openDesk(t, func(d *desk) {
		d.app.Get("/stream", func(c *fiber.Ctx) error {
			SetCaller(c, Caller{Subject: "customer-1", Until: time.Now().Add(10 * time.Millisecond)})
			ServeStream(c, slog.New(slog.DiscardHandler), func(_ context.Context, s *Stream) {
				begun := time.Now()
				err := s.Send([]Event{{ID: "1", Type: "A", Data: []byte(strings.Repeat("x", 64<<20))}})
				if took := time.Since(begun); err == nil || took >= takeTimeout {
					err = fmt.Errorf("%w after %s", err, took)
				} else {
					err = nil
				}
				ended <- err
			})
			return nil
		})
	})
	d.connect(t).ask("/stream")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestPanicInAStreamEndsOnlyTheStream(t *testing.T) {
	d := openStreams(t, func(_ context.Context, s *Stream) {
		_ = s.Begin("7")
		panic("in a stream")
	})
	c := d.connect(t)
	c.ask("/stream")
	if _, err := io.ReadAll(c.begun().Body); err != nil {
		t.Error(err)
	}
	other := d.connect(t)
	other.ask("/healthz")
	other.answer()
	d.linger = 0
	if err := <-d.shutdown(t); err != nil {
		t.Error(err)
	}
}

func TestHeadOfAStreamOpensNone(t *testing.T) {
	ended := make(chan struct{})
	d := openStreams(t, func(ctx context.Context, s *Stream) {
		waits(ctx, s)
		close(ended)
	})
	c := d.connect(t)
	if _, err := fmt.Fprint(c, "HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-ended
	if err := <-d.shutdown(t); err != nil {
		t.Error(err)
	}
}

func TestWaitingRequestIsAnsweredWhenTheServerStops(t *testing.T) {
	d := openDesk(t, func(d *desk) {
		d.linger = time.Hour
		d.app.Get("/wait", func(c *fiber.Ctx) error {
			d.arrived <- struct{}{}
			<-Serving(c).Done()
			return c.SendString("as it is")
		})
	})
	c := d.connect(t)
	c.ask("/wait")
	<-d.arrived
	ended := d.shutdown(t)
	if last := c.answer(); !last {
		t.Error("the answer doesn't say that it is the last one")
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
