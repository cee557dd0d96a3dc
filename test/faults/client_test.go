package faults

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
)

// serveOnce is a server that answers one request of each of its connections, says that
// it keeps the connection, and closes it.
func serveOnce(t *testing.T) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			}
			_ = c.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestNothingIsSentOverAConnectionThatTheServerHasClosed(t *testing.T) {
	c := newClient()
	var last *freshConn
	c.http.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed, err := dial(ctx, network, address)
		if err == nil {
			last = dialed.(*freshConn)
		}
		return dialed, err
	}
	url := serveOnce(t)
	const requests = 200 // http.Transport alone would send some of so many in vain
	for range requests {
		a, err := c.send(t.Context(), http.MethodPost, url, []byte("{}"))
		if !errors.Is(err, errNotSent) && (err != nil || a.status != http.StatusOK) {
			t.Fatalf("%v, %v", a, err)
		}
		for !last.isStale() && t.Context().Err() == nil { // until its word has arrived
			runtime.Gosched()
		}
	}
	if got := c.count.sum(); got.Answered+got.Refused != requests || got.CutKept+got.CutFresh != 0 {
		t.Errorf("%+v", got)
	}
}
