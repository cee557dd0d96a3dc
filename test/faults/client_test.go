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
	"time"
)

// server answers so many requests of each of its connections, says that it keeps the
// connection, and closes it: at once, or when it has read one more request.
func server(t *testing.T, answers int, readsAnother bool) (url string) {
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
			serve(c, answers, readsAnother)
		}
	}()
	return "http://" + l.Addr().String()
}

func serve(c net.Conn, answers int, readsAnother bool) {
	defer c.Close()
	requests := bufio.NewReader(c)
	read := func() bool {
		r, err := http.ReadRequest(requests)
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
		}
		return err == nil
	}
	for range answers {
		if !read() {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}
	if readsAnother {
		read()
	}
}

func post(t *testing.T, c *client, url string) error {
	t.Helper()
	a, err := c.send(t.Context(), http.MethodPost, url, []byte("{}"))
	if err == nil && a.status != http.StatusOK {
		t.Errorf("status %d", a.status)
	}
	return err
}

func TestRequestThatIsReadAndNotAnsweredIsCut(t *testing.T) {
	for name, test := range map[string]struct {
		answers int // before it
		want    Traffic
	}{
		"over a new connection":  {0, Traffic{CutFresh: 1}},
		"over a kept connection": {1, Traffic{Answered: 1, CutKept: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			c, url := newClient(), server(t, test.answers, true)
			for range test.answers {
				if err := post(t, c, url); err != nil {
					t.Fatal(err)
				}
			}
			if err := post(t, c, url); err == nil || errors.Is(err, errNotSent) {
				t.Errorf("err = %v", err)
			}
			got := c.count.sum()
			got.LongestAnswer = 0
			if got != test.want {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestRequestWithoutAConnectionIsNotSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := newClient()
	if err := post(t, c, url); !errors.Is(err, errNotSent) {
		t.Errorf("err = %v", err)
	}
	if got := c.count.sum(); got != (Traffic{Refused: 1}) {
		t.Errorf("%+v", got)
	}
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
	url := server(t, 1, false)
	const requests = 200 // http.Transport alone would send some of so many in vain
	for range requests {
		if err := post(t, c, url); err != nil && !errors.Is(err, errNotSent) {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(patience); !last.isStale(); runtime.Gosched() { // until its word has arrived
			if time.Now().After(deadline) {
				t.Fatal("the connection stays open")
			}
		}
	}
	// What http.Transport found closed itself it doesn't repeat; the next one has a new connection.
	if got := c.count.sum(); got.Answered < requests/2 || got.Answered+got.Refused != requests || got.CutKept+got.CutFresh != 0 {
		t.Errorf("%+v", got)
	}
}
