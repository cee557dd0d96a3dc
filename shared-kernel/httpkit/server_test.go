package httpkit

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// plenty of connections.
const plenty = 1000

// patience is for what should come soon.
const patience = 20 * time.Second

// desk serves an application with one slow path, /slow: arrived says that a
// request is in hand, and its answer comes after finish is closed. More paths may
// be added before it opens.
type desk struct {
	*Server
	address         string
	arrived, finish chan struct{}
	served          chan error
}

func openDesk(t *testing.T, more ...func(*desk)) *desk {
	t.Helper()
	app := setup(t)
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{
		Server: NewServer(app, plenty), address: tcp.Addr().String(),
		arrived: make(chan struct{}), finish: make(chan struct{}), served: make(chan error, 1),
	}
	app.Get("/slow", func(c *fiber.Ctx) error {
		d.arrived <- struct{}{}
		<-d.finish
		return c.SendString("done")
	})
	for _, add := range more {
		add(d)
	}
	go func() { d.served <- d.Serve(tcp) }()
	return d
}

// shutdown begins a shutdown that has plenty of time.
func (d *desk) shutdown(t *testing.T) <-chan error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	ended := make(chan error, 1)
	go func() {
		defer cancel()
		ended <- d.Shutdown(ctx)
	}()
	if err := <-d.served; err != nil { // from now on nothing is accepted
		t.Fatal(err)
	}
	return ended
}

// client is one connection.
type client struct {
	net.Conn
	t      *testing.T
	reader *bufio.Reader
}

func (d *desk) connect(t *testing.T) *client {
	t.Helper()
	c, err := net.Dial("tcp", d.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &client{Conn: c, t: t, reader: bufio.NewReader(c)}
}

func (c *client) ask(path string) {
	c.t.Helper()
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		c.t.Fatal(err)
	}
}

// answer reads an answer that must be there, and returns whether it is the last.
func (c *client) answer() (last bool) {
	c.t.Helper()
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		c.t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		c.t.Fatalf("%s, %v", response.Status, err)
	}
	return response.Close
}

func TestShutdownFinishesWhatIsInHand(t *testing.T) {
	d := openDesk(t)
	c := d.connect(t)
	c.ask("/slow")
	<-d.arrived
	ended := d.shutdown(t)
	if _, err := net.Dial("tcp", d.address); err == nil {
		t.Error("a new connection was taken")
	}
	close(d.finish)
	if last := c.answer(); !last {
		t.Error("the answer doesn't say that it is the last one")
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestKeptConnectionIsAnsweredOnceMore(t *testing.T) {
	d := openDesk(t)
	c := d.connect(t)
	c.ask("/healthz")
	if c.answer() {
		t.Fatal("the connection was not kept")
	}
	other := d.connect(t) // keeps the shutdown from ending meanwhile
	other.ask("/slow")
	<-d.arrived
	ended := d.shutdown(t)
	c.ask("/healthz")
	if last := c.answer(); !last {
		t.Error("the answer doesn't say that it is the last one")
	}
	close(d.finish)
	other.answer()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestIdleConnectionsDontHoldUpTheShutdown(t *testing.T) {
	d := openDesk(t)
	d.connect(t) // never asks for anything
	kept := d.connect(t)
	kept.ask("/healthz")
	kept.answer()
	if err := <-d.shutdown(t); err != nil {
		t.Error(err)
	}
	if _, err := kept.reader.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the kept connection ended with %v", err)
	}
}

// What a request waits for may be away: it has to be answered all the same.
func TestRequestThatTakesTooLongForAStopIsAnswered(t *testing.T) {
	d := openDesk(t, func(d *desk) {
		d.answerWithin = 0
		d.app.Get("/stuck", func(c *fiber.Ctx) error {
			d.arrived <- struct{}{}
			<-c.UserContext().Done()
			return c.UserContext().Err()
		})
	})
	c := d.connect(t)
	c.ask("/stuck")
	<-d.arrived
	ended := d.shutdown(t)
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable || !response.Close {
		t.Errorf("%s, the last: %v", response.Status, response.Close)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestClientThatDoesNotReadDoesNotHoldUpTheShutdown(t *testing.T) {
	d := openDesk(t, func(d *desk) {
		if timeout := d.app.Server().WriteTimeout; timeout <= 0 || timeout >= requestTimeout {
			t.Fatalf("WriteTimeout is %s", timeout)
		}
		d.app.Server().WriteTimeout = time.Millisecond
		huge := strings.Repeat("x", 64<<20) // more than the sockets' buffers hold
		d.app.Get("/huge", func(c *fiber.Ctx) error {
			d.arrived <- struct{}{}
			return c.SendString(huge)
		})
	})
	d.connect(t).ask("/huge")
	<-d.arrived
	if err := <-d.shutdown(t); err != nil {
		t.Error(err)
	}
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	d := openDesk(t)
	d.connect(t).ask("/slow")
	<-d.arrived
	defer close(d.finish)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestWaitingConnectionsAreAcceptedBeforeTheListenerCloses(t *testing.T) {
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{TCPListener: tcp, server: NewServer(setup(t), plenty)}
	const clients = 3
	for range clients {
		c, err := net.Dial("tcp", tcp.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	l.stop()
	for range clients {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("err = %v", err)
	}
	if _, err := net.Dial("tcp", tcp.Addr().String()); err == nil {
		t.Error("a new connection was taken")
	}
}

func TestRequestThatBeginsAsItsConnectionIsExpelledIsReadToItsEnd(t *testing.T) {
	server, browser := net.Pipe()
	c := newConn(server, newRoster())
	c.expel()
	c.wake() // a read that was under way had already got its first bytes
	go func() { _, _ = io.WriteString(browser, "rest") }()
	if n, err := c.Read(make([]byte, 4)); n != 4 || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
	c.expel() // it is busy
	go func() { _, _ = io.WriteString(browser, "more") }()
	if n, err := c.Read(make([]byte, 4)); n != 4 || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
}

// connected returns the two ends of a connection.
func connected(t *testing.T) (client, accepted net.Conn) {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	if client, err = net.Dial("tcp", tcp.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if err := client.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if accepted, err = tcp.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accepted.Close() })
	return client, accepted
}

// awaitArrival returns when something can be read of the connection, and leaves it there.
func awaitArrival(t *testing.T, c net.Conn) {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Read(func(fd uintptr) bool {
		n, _, _ := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK)
		return n > 0
	}); err != nil {
		t.Fatal(err)
	}
}

// A request that has arrived when the wait for it ends is read, though nobody had a
// processor to read it before.
func TestRequestThatArrivedBeforeTheWaitEndedIsRead(t *testing.T) {
	for how, endWait := range map[string]func(*conn){
		"expelled":       (*conn).expel,
		"expelled twice": func(c *conn) { c.expel(); c.expel() }, // the server looks again and again
		"to make room":   func(c *conn) { c.makeRoom() },
		"idle for too long": func(c *conn) {
			if err := c.SetReadDeadline(time.Now()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(how, func(t *testing.T) {
			client, accepted := connected(t)
			c := newConn(accepted, newRoster())
			write := func(text string) {
				if _, err := io.WriteString(client, text); err != nil {
					t.Fatal(err)
				}
			}
			read := make([]byte, 3)
			write("GET")
			awaitArrival(t, accepted)
			endWait(c)
			if n, err := c.Read(read); n != 3 || err != nil {
				t.Fatalf("read %d bytes, %v", n, err)
			}
			time.AfterFunc(10*time.Millisecond, func() { _, _ = client.Write([]byte("X /")) }) // the rest has time
			if n, err := c.Read(read); n != 3 || err != nil {
				t.Fatalf("the rest: read %d bytes, %v", n, err)
			}
			c.setAnswered(true)
			c.rest()
			endWait(c)
			if n, err := c.Read(read); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("a silent connection: read %d bytes, %v", n, err)
			}
			if n, err := client.Read(read); n != 0 || err != io.EOF {
				t.Errorf("its client read %d bytes, %v", n, err)
			}
		})
	}
}
