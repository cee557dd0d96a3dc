package http

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"orders.internal/shared-kernel/httpkit"
)

// serve has a server listen for the app, and returns its address.
func serve(t *testing.T, server *httpkit.Server) (address string) {
	t.Helper()
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(tcp) }()
	t.Cleanup(func() {
		if err := errors.Join(shutdown(t, server), <-served); err != nil {
			t.Error(err)
		}
	})
	return tcp.Addr().String()
}

func shutdown(t *testing.T, server *httpkit.Server) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	return server.Shutdown(ctx)
}

// The database takes what it is asked and never answers: neither streams that read
// the past wait for it at a stop, nor those that are about to begin.
func TestStopDoesNotWaitForASilentDatabase(t *testing.T) {
	const many, mostCatchUp = 100, 4
	app, s := setup(t, func(s *store) { s.streams = 2 * many })
	s.write(created)
	server := httpkit.NewServer(app, 1000)
	address := serve(t, server)
	ask := func() *bufio.Reader {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := fmt.Fprint(c, "GET /api/events?last_event_id=0 HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return bufio.NewReader(c)
	}
	var streams []*http.Response
	s.silence("After")
	for range many {
		response, err := http.ReadResponse(ask(), nil)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatal(response, err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		streams = append(streams, response)
	}
	for range mostCatchUp { // the others wait for them
		<-s.asked
	}
	s.silence("Head")
	var beginning []*bufio.Reader
	for range many {
		beginning = append(beginning, ask())
		<-s.asked
	}
	begun := time.Now()
	if err := shutdown(t, server); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 2*time.Second { // a busy machine has its time
		t.Errorf("it took %s", took)
	}
	for _, stream := range streams {
		if _, err := io.ReadAll(stream.Body); err != nil {
			t.Errorf("a stream ended with %v", err) // cut off in the middle
		}
	}
	for _, reader := range beginning {
		response, err := http.ReadResponse(reader, nil)
		if err != nil || response.StatusCode != http.StatusServiceUnavailable {
			t.Fatalf("%v, %v", response, err)
		}
		_ = response.Body.Close()
	}
}
