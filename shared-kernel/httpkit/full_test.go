package httpkit

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// response reads an answer, whatever it is.
func (c *client) response() answer {
	c.t.Helper()
	r, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		c.t.Fatalf("no answer: %v", err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if !r.Close {
		c.t.Errorf("the connection is kept after %s", r.Status)
	}
	return answer{status: r.StatusCode, header: r.Header.Get, body: string(body)}
}

// isClosed holds that the server closes the connection, and not in the middle of
// something.
func (c *client) isClosed() {
	c.t.Helper()
	if _, err := c.reader.ReadByte(); !errors.Is(err, io.EOF) {
		c.t.Errorf("the connection ended with %v", err)
	}
}

// fill opens as many connections as may be, with a request in hand over each.
func (d *desk) fill(t *testing.T) (busy []*client) {
	t.Helper()
	for range d.most {
		c := d.connect(t)
		c.ask("/slow")
		<-d.arrived
		busy = append(busy, c)
	}
	return busy
}

// await waits until so many connections are open.
func (d *desk) await(n int) {
	for d.conns.count() != n {
		runtime.Gosched()
	}
}

// awaitIdle waits until so many connections are idle: their clients get an answer
// somewhat before.
func (d *desk) awaitIdle(n int) {
	idle := func() int {
		d.conns.mu.Lock()
		defer d.conns.mu.Unlock()
		return d.conns.idle.Len()
	}
	for idle() != n {
		runtime.Gosched()
	}
}

func full(d *desk) { d.most = 3 }

func TestFullServerAnswersOneMoreAndClosesIt(t *testing.T) {
	d := openDesk(t, full)
	busy := d.fill(t)
	for _, request := range []string{
		"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("x", 1_000_000), // none of it is left unread
	} {
		c := d.connect(t)
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		a := c.response()
		if a.problem(t); a.status != http.StatusServiceUnavailable || a.header("Retry-After") == "" {
			t.Errorf("one too many gets %d %s", a.status, a.body)
		}
		c.isClosed()
	}
	close(d.finish)
	for _, c := range busy { // those that are open are served as before
		c.answer()
	}
	d.awaitIdle(d.most)
	c := d.connect(t)
	c.ask("/healthz")
	if c.answer() {
		t.Error("the connection that takes an idle one's place is not kept")
	}
}

func TestFullServerAnswersProbes(t *testing.T) {
	d := openDesk(t, full)
	d.fill(t)
	defer close(d.finish)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		c := d.connect(t)
		c.ask(path)
		if a := c.response(); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		c.isClosed()
	}
}

func TestIdleConnectionsMakeRoomForNewOnes(t *testing.T) {
	d := openDesk(t, full)
	var idle []*client
	for range d.most {
		c := d.connect(t)
		c.ask("/healthz")
		c.answer()
		idle = append(idle, c)
		d.awaitIdle(len(idle))
	}
	idle[0].ask("/healthz") // the second one is idle for the longest time now
	idle[0].answer()
	d.awaitIdle(len(idle))
	for _, gone := range []*client{idle[1], idle[2], idle[0]} {
		c := d.connect(t)
		c.ask("/slow")
		<-d.arrived
		gone.isClosed()
		d.await(d.most)
	}
	close(d.finish)
}

// A request that came together with the one before it is nothing that its connection
// waits for.
func TestConnectionWithAnotherRequestInHandMakesNoRoom(t *testing.T) {
	d := openDesk(t, full)
	request := func(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n" }
	for range d.most {
		if _, err := io.WriteString(d.connect(t), request("/healthz")+request("/slow")); err != nil {
			t.Fatal(err)
		}
		<-d.arrived
	}
	defer close(d.finish)
	for range 3 * d.most {
		c := d.connect(t)
		if _, err := io.WriteString(c, request("/healthz")+request("/slow")); err != nil {
			t.Fatal(err)
		}
		if a := c.response(); a.status != http.StatusOK {
			t.Errorf("%d %s", a.status, a.body)
		}
		c.isClosed()
	}
}

// A whole crowd may come at once: what is about to close takes nobody's place.
func TestCrowdTakesThePlacesOfIdleConnections(t *testing.T) {
	const crowd = 3 * spareConnections
	d := openDesk(t, func(d *desk) { d.most = crowd })
	for range crowd {
		d.connect(t)
	}
	d.await(crowd)
	var new []*client
	for range crowd {
		new = append(new, d.connect(t))
	}
	for _, c := range new {
		c.ask("/healthz")
		c.answer()
	}
}

func TestSpareConnectionHasToBringItsRequestSoon(t *testing.T) {
	d := openDesk(t, full)
	d.fill(t)
	defer close(d.finish)
	c := d.connect(t)
	if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\n"); err != nil { // and no more
		t.Fatal(err)
	}
	begun := time.Now()
	if a := c.response(); a.status != http.StatusRequestTimeout {
		t.Errorf("status %d", a.status)
	}
	if took := time.Since(begun); took > readTimeout/2 {
		t.Errorf("it took %s", took)
	}
	d.await(d.most)
}

func TestTooManySpareConnectionsAreClosedAtOnce(t *testing.T) {
	d := openDesk(t, full)
	d.fill(t)
	defer close(d.finish)
	for range spareConnections {
		d.connect(t)
	}
	c := d.connect(t)
	if _, err := c.reader.ReadByte(); err == nil || errors.Is(err, net.ErrClosed) {
		t.Errorf("err = %v", err)
	}
	if n := d.conns.count(); n != d.most+spareConnections {
		t.Errorf("%d connections are open", n)
	}
}

// A request that has arrived just as its connection has to make room is answered, and
// is its last.
func TestRequestOfAConnectionThatMakesRoomIsRead(t *testing.T) {
	browser, accepted := connected(t)
	all := newRoster()
	c := newConn(accepted, all)
	if _, err := browser.Write([]byte("GET")); err != nil {
		t.Fatal(err)
	}
	if !c.makeRoom() || all.count() != 0 {
		t.Errorf("%d connections are open", all.count())
	}
	if n, err := c.Read(make([]byte, 3)); n != 3 || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if !c.isLast() || all.count() != 1 {
		t.Errorf("it is the last: %v; %d connections are open", c.isLast(), all.count())
	}
	if c.makeRoom() {
		t.Error("a busy connection makes room")
	}
}

// It may have to make room before the server has begun to wait for its request.
func TestConnectionMakesRoomWhateverTheServerWaitsFor(t *testing.T) {
	_, accepted := connected(t)
	c := newConn(accepted, newRoster())
	c.makeRoom()
	begun := time.Now()
	if err := c.SetReadDeadline(begun.Add(patience)); err != nil {
		t.Fatal(err)
	}
	n, err := c.Read(make([]byte, 1))
	if took := time.Since(begun); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || took >= patience {
		t.Errorf("read %d bytes, %v after %s", n, err, took)
	}
}
