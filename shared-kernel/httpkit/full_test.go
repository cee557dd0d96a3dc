package httpkit

import (
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"testing"
)

// response reads an answer, whatever it is.
func (c *client) response() (r *http.Response, body []byte) {
	c.t.Helper()
	r, err := http.ReadResponse(c.reader, nil)
	if err == nil {
		defer r.Body.Close()
		body, err = io.ReadAll(r.Body)
	}
	if err != nil {
		c.t.Fatalf("no answer: %v", err)
	}
	return r, body
}

func TestConnectionsAreBounded(t *testing.T) {
	const most = 3
	d := openDesk(t, func(d *desk) { d.most = most })
	var open []*client
	for range most {
		c := d.connect(t)
		c.ask("/healthz")
		c.answer()
		open = append(open, c)
	}
	r, body := d.connect(t).response()
	var p problem
	if err := json.Unmarshal(body, &p); err != nil || p.Status != r.StatusCode || p.Detail == "" {
		t.Errorf("%s: %v", body, err)
	}
	if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || !r.Close {
		t.Errorf("one too many gets %s %v", r.Status, r.Header)
	}
	open[0].ask("/healthz") // those that are open are served as before
	open[0].answer()
	_ = open[1].Close()
	for len(d.open()) == most { // it learns of it by and by
		runtime.Gosched()
	}
	again := d.connect(t)
	again.ask("/healthz")
	again.answer()
}
