package httpkit

import (
	"net"
	"syscall"
	"testing"

	"github.com/gofiber/fiber/v2"
)

// silenceOf returns the milliseconds for which a connection's client may be silent.
func silenceOf(t *testing.T, c net.Conn) (limit int) {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) {
		limit, failed = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout)
	}); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return limit
}

func TestServerGivesUpOnClientsThatHaveVanished(t *testing.T) {
	limits := make(chan int, 1)
	d := openDesk(t, func(d *desk) {
		d.app.Get("/silence", func(c *fiber.Ctx) error {
			limits <- silenceOf(t, c.Context().Conn().(*conn).Conn)
			return nil
		})
	})
	d.connect(t).ask("/silence")
	if limit := <-limits; limit != 20_000 {
		t.Errorf("a client may be silent for %d ms", limit)
	}
}

// Nor does one hold up a stop whose connection was accepted last.
func TestServerGivesUpOnVanishedClientsOfAStop(t *testing.T) {
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{TCPListener: tcp, server: NewServer(setup(t), plenty)}
	client, err := net.Dial("tcp", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	l.stop()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if limit := silenceOf(t, c.(*conn).Conn); limit != 20_000 {
		t.Errorf("a client may be silent for %d ms", limit)
	}
}
