package httpkit

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// send writes a request as it is, and returns the answer.
func (c *client) send(request string) answer {
	c.t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		c.t.Fatal(err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{status: response.StatusCode, header: response.Header.Get, body: string(body)}
}

// A token may have many claims.
func TestHeaderFieldsHaveRoomForATokenAndABound(t *testing.T) {
	d := openDesk(t)
	begin := "GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
	if a := d.connect(t).send(begin + strings.Repeat("x", 7<<10) + "\r\n\r\n"); a.status != http.StatusOK {
		t.Errorf("a token of 7 KiB: %d %s", a.status, a.body)
	}
	a := d.connect(t).send(begin + strings.Repeat("x", 8<<10-len(begin))) // and there is more to come
	if a.problem(t); a.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("more than 8 KiB: %d %s", a.status, a.body)
	}
}

// Fiber answers a method that it doesn't know, and a request that can't be read,
// past every middleware.
func TestRequestsPastTheMiddlewareAreAnsweredAlike(t *testing.T) {
	d := openDesk(t)
	for request, c := range map[string]struct {
		status int
		counts string
	}{
		"FOO /slow HTTP/1.1\r\n":                             {405, `method="OTHER",route="unmatched",status="405"`},
		"OTHER /slow HTTP/1.1\r\n":                           {405, `method="OTHER",route="unmatched",status="405"`},
		"get /nowhere HTTP/1.1\r\n":                          {404, `method="OTHER",route="unmatched",status="404"`},
		"POST /slow HTTP/1.1\r\nContent-Length: 9000000\r\n": {413, `method="POST",route="unread",status="413"`},
		"FOO /slow HTTP/1.1\r\nContent-Length: 9000000\r\n":  {413, `method="OTHER",route="unread",status="413"`},
	} {
		a := d.connect(t).send(request + "Host: x\r\nX-Correlation-ID: abc\r\n\r\n")
		if a.problem(t); a.status != c.status || a.header(CorrelationHeader) != "abc" {
			t.Errorf("%q: status %d, correlation %q, want %d and abc", request, a.status, a.header(CorrelationHeader), c.status)
		}
		if cached := a.header("Cache-Control"); cached != "no-store" {
			t.Errorf("%q: Cache-Control = %q", request, cached)
		}
		if a.status == 405 && !strings.Contains(a.header("Allow"), "GET") {
			t.Errorf("%q: Allow = %q", request, a.header("Allow"))
		}
		metrics := d.connect(t).send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").body
		if !strings.Contains(metrics, "http_request_duration_seconds_count{"+c.counts+"}") {
			t.Errorf("%q is not counted as %s", request, c.counts)
		}
	}
}
