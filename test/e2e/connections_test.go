package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A service whose connections are all in use says so to whoever comes, and shows
// those who watch it that it lives.
func TestFullServiceAnswersProbesAndRefusesTheRest(t *testing.T) {
	const most = 4
	replica := addReplica(t, orders, "CONNECTIONS_MAX=4", "STREAMS_MAX=1", "WAITS_MAX=1")
	var busy []net.Conn
	for range most {
		c, err := net.Dial("tcp", strings.TrimPrefix(system.URL(replica), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\n"); err != nil { // its rest is on its way
			t.Fatal(err)
		}
		busy = append(busy, c)
	}
	// Idle connections of the system's own make room; those of this client are new.
	once := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	eventually(t, func() error {
		a, err := requestWith(once, http.MethodGet, replica, "/api/orders?limit=1", "")
		if err == nil && a.Status != http.StatusServiceUnavailable {
			err = fmt.Errorf("it is not full: %d", a.Status)
		}
		if err == nil {
			expectUnavailable(t, a)
		}
		return err
	})
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		a, err := requestWith(once, http.MethodGet, replica, path, "")
		if err != nil || a.Status != http.StatusOK {
			t.Errorf("%s: %d %s, %v", path, a.Status, a.Body, err)
		}
	}
	for _, c := range busy {
		if _, err := io.WriteString(c, "Host: x\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if a, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(a), "HTTP/1.1 200 ") {
			t.Errorf("a connection that was open gets %q, %v", a, err)
		}
	}
}
