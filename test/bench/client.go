package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// patience is how long a client waits for an answer. The services give up on a
// request after 10 s.
const patience = 15 * time.Second

// keepIdle is less than the services keep an idle connection, so that no request
// meets the end of one.
const keepIdle = 20 * time.Second

// client posts to the order service over connections that it keeps. It spends
// as little CPU time as it can.
type client struct {
	base string
	http *fasthttp.HostClient
}

func newClient(base string, connections int) (*client, error) {
	at, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	return &client{base: base, http: &fasthttp.HostClient{
		Addr:                      strings.Replace(at.Host, "localhost", "127.0.0.1", 1),
		MaxConns:                  connections,
		MaxIdleConnDuration:       keepIdle,
		ReadTimeout:               patience,
		WriteTimeout:              patience,
		MaxConnWaitTimeout:        patience,
		MaxIdemponentCallAttempts: 1, // an order that was sent must not be sent twice
		NoDefaultUserAgentHeader:  true,
	}}, nil
}

// session is one customer at a time. It is not for concurrent use.
type session struct {
	client   *client
	request  *fasthttp.Request
	response *fasthttp.Response
}

func (c *client) newSession() *session {
	s := &session{client: c, request: &fasthttp.Request{}, response: &fasthttp.Response{}}
	s.request.Header.SetMethod(fasthttp.MethodPost)
	s.request.Header.SetContentType("application/json")
	return s
}

// post returns the status, and the answer until the next call.
func (s *session) post(path string, body []byte) (status int, answer []byte, err error) {
	s.request.SetRequestURI(s.client.base + path)
	s.request.SetBodyRaw(body)
	if err := s.client.http.Do(s.request, s.response); err != nil {
		return 0, nil, err
	}
	return s.response.StatusCode(), s.response.Body(), nil
}

// preferred is how long customers would wait: half of what an answer may take.
const preferred = "wait=5"

// wait has the next answers wait for their order's end, or not.
func (s *session) wait(wait bool) {
	if wait {
		s.request.Header.Set("Prefer", preferred)
	} else {
		s.request.Header.Del("Prefer")
	}
}

// key is the idempotency key of the next requests.
func (s *session) key(key string) { s.request.Header.Set("Idempotency-Key", key) }

// saysWhen tells whether the answer asks the client to try again, and when.
func (s *session) saysWhen() bool {
	seconds, err := strconv.Atoi(string(s.response.Header.Peek("Retry-After")))
	return err == nil && seconds > 0
}

const ordersPath = "/api/orders"

var idField = []byte(`"id":"`)

// orderID finds the id in an answer of the order service, "" when there is none.
func orderID(answer []byte) string {
	_, rest, found := bytes.Cut(answer, idField)
	id, _, ended := bytes.Cut(rest, []byte{'"'})
	if !found || !ended {
		return ""
	}
	return string(id)
}

// put sets what is at the URL.
func put(ctx context.Context, url string, body any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(content))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if answer, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("PUT %s: %s %s %w", url, response.Status, answer, err)
	}
	return nil
}
