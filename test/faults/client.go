package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

// patience is how long a client waits for an answer. The services give up on a
// request after 10 s.
const patience = 15 * time.Second

// errNotSent is the error of a request that no server has got, because there was no
// connection or it was found closed: it is safe to send it to another one.
var errNotSent = errors.New("not sent")

// client is an HTTP client like many: it keeps connections open, and counts
// how its requests end.
type client struct {
	http  *http.Client
	count traffic
}

// traffic counts requests, the client's own second tries included.
type traffic struct {
	mu sync.Mutex
	Traffic
}

// Traffic is how requests ended.
type Traffic struct {
	Answered      int // with whatever status
	Refused       int // nothing was sent: there was no connection, or it was found closed
	CutFresh      int // sent over a new connection, which ended without an answer
	CutKept       int // sent over one that had served a request before, likewise
	Late          int // no answer for as long as the client waits
	LongestAnswer time.Duration
}

func newClient() *client {
	return &client{http: &http.Client{
		Timeout:   patience,
		Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second},
	}}
}

// answer is one HTTP answer, read whole.
type answer struct {
	status int
	body   []byte
}

// send sends one request. Its error is errNotSent when no server has got it.
func (c *client) send(ctx context.Context, method, url string, body []byte) (answer, error) {
	var tries tries
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if before := tries.next(info); before.written() {
				c.count.cut(before)
			}
		},
	})
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	begin := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, c.count.failed(ctx, tries.last(), err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, c.count.failed(ctx, tries.last(), err)
	}
	c.count.answered(time.Since(begin))
	return answer{response.StatusCode, content}, nil
}

// try is one try at sending a request. http.Client tries again by itself what
// may be repeated.
type try struct {
	conn   *freshConn // nil: there was none
	before int64      // bytes that had been sent over it
	reused bool       // it had served a request before
}

// written reports whether the request was sent, at least in part.
func (t try) written() bool { return t.conn != nil && t.conn.sent.Load() > t.before }

// tries has the present try.
type tries struct {
	mu  sync.Mutex
	now try
}

// next begins a try and returns the one before.
func (t *tries) next(info httptrace.GotConnInfo) (before try) {
	conn := info.Conn.(*freshConn)
	t.mu.Lock()
	defer t.mu.Unlock()
	before, t.now = t.now, try{conn, conn.sent.Load(), info.Reused}
	return before
}

func (t *tries) last() try {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

func (t *traffic) answered(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Answered++
	t.LongestAnswer = max(t.LongestAnswer, took)
}

func (t *traffic) cut(a try) {
	if a.reused {
		t.add(&t.CutKept)
	} else {
		t.add(&t.CutFresh)
	}
}

func (t *traffic) add(count *int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*count++
}

// failed counts a request that got no answer, unless it was the caller who
// gave it up.
func (t *traffic) failed(ctx context.Context, a try, err error) error {
	var network net.Error
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(err, &network) && network.Timeout():
		t.add(&t.Late)
	case a.written():
		t.cut(a)
	default:
		t.add(&t.Refused)
	}
	if a.written() {
		return err
	}
	return fmt.Errorf("%w: %w", errNotSent, err)
}

func (t *traffic) sum() Traffic {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.Traffic
}

// get reads what is at the URL.
func get[T any](ctx context.Context, c *client, url string) (found T, err error) {
	a, err := c.send(ctx, http.MethodGet, url, nil)
	if err != nil {
		return found, err
	}
	if a.status != http.StatusOK {
		return found, fmt.Errorf("GET %s: %d %s", url, a.status, a.body)
	}
	if err := json.Unmarshal(a.body, &found); err != nil {
		return found, fmt.Errorf("GET %s: %w", url, err)
	}
	return found, nil
}

// list reads all pages of a list. filter is "" or, say, "status=PENDING".
func list[T any](ctx context.Context, c *client, list, filter string) ([]T, error) {
	var all []T
	for query := list + "?limit=200&" + filter; ; {
		page, err := get[struct {
			Items      []T     `json:"items"`
			NextCursor *string `json:"next_cursor"`
		}](ctx, c, query)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all, nil
		}
		query = list + "?limit=200&" + filter + "&cursor=" + url.QueryEscape(*page.NextCursor)
	}
}
