package httpkit

import (
	"io"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// watched tells whoever listens of each look at it.
type watched struct {
	*net.TCPConn
	looks chan<- struct{}
}

func (w watched) SyscallConn() (syscall.RawConn, error) {
	select {
	case w.looks <- struct{}{}:
	default:
	}
	return w.TCPConn.SyscallConn()
}

// openWaiting serves /wait, which is answered when its client has gone, or the server
// stops; looks tells of each look for the client.
func openWaiting(t *testing.T) (d *desk, looks, gone chan struct{}) {
	t.Helper()
	looks, gone = make(chan struct{}), make(chan struct{})
	return openDesk(t, func(d *desk) {
		d.lookEvery = time.Millisecond
		d.app.Get("/wait", func(c *fiber.Ctx) error {
			own, left := c.Context().Conn().(*conn), make(chan struct{})
			own.Conn = watched{TCPConn: own.Conn.(*net.TCPConn), looks: looks}
			defer OnGone(c, func() { close(left) })()
			d.arrived <- struct{}{}
			select {
			case <-left:
				close(gone)
			case <-Serving(c).Done():
			}
			return c.SendString("as it is")
		})
	}), looks, gone
}

func TestRequestLearnsThatItsClientHasGone(t *testing.T) {
	d, _, gone := openWaiting(t)
	c := d.connect(t)
	c.ask("/wait")
	<-d.arrived
	d.leaves(t, c, gone)
}

// leaves has the client close its connection, which the server has to notice, and stops
// the server.
func (d *desk) leaves(t *testing.T, c *client, noticed <-chan struct{}) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-noticed:
	case <-time.After(patience):
		t.Error("nobody has noticed")
	}
	if err := <-d.shutdown(t); err != nil {
		t.Error(err)
	}
}

func TestClientThatAsksOnIsThere(t *testing.T) {
	d, looks, gone := openWaiting(t)
	c := d.connect(t)
	c.ask("/wait")
	<-d.arrived
	c.ask("/healthz")
	for range 2 { // the first look is over when there is a second one
		select {
		case <-looks:
		case <-gone:
			t.Fatal("it is taken for gone")
		case <-time.After(patience):
			t.Fatal("nobody looks")
		}
	}
	ended := d.shutdown(t)
	c.answer()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestGoneIsWhoHasClosedTheConnection(t *testing.T) {
	client, accepted := connected(t)
	if hasGone(accepted) {
		t.Error("it is there, and silent")
	}
	if _, err := io.WriteString(client, http.MethodGet); err != nil {
		t.Fatal(err)
	}
	begun := make([]byte, 1)
	if _, err := io.ReadFull(accepted, begun); err != nil {
		t.Fatal(err)
	}
	if hasGone(accepted) { // "ET" is there
		t.Error("it has sent something")
	}
	if rest, err := accepted.Read(make([]byte, 10)); rest != 2 || err != nil {
		t.Errorf("%d bytes are left, %v", rest, err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); !hasGone(accepted); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("it has gone")
		}
	}
	_ = accepted.Close()
	if !hasGone(accepted) {
		t.Error("the connection is closed on this side")
	}
}
