package console

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/httpkit"
)

const (
	dialTimeout = 2 * time.Second
	idleTimeout = 30 * time.Second // shorter than the services', who would close it under a request
	maxIdle     = 16               // connections to a service
	maxAnswer   = 8 << 20          // bytes; a page of dead letters has 200 bodies of 4 KiB
)

// What is passed on, and back: nothing else of a browser's request, least of all
// its cookies, is a service's business.
var (
	passedOn   = []string{fiber.HeaderAuthorization, fiber.HeaderContentType, "X-Operator"}
	passedBack = []string{fiber.HeaderContentType, fiber.HeaderCacheControl, fiber.HeaderRetryAfter, fiber.HeaderWWWAuthenticate, "RateLimit", "RateLimit-Policy"}
)

// forwarder passes calls on to other services, and their answers back.
type forwarder struct {
	urls   map[string]string
	client *http.Client
}

func newForwarder(urls map[string]string) *forwarder {
	return &forwarder{urls: urls, client: &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			MaxIdleConnsPerHost: maxIdle,
			IdleConnTimeout:     idleTimeout,
			DisableCompression:  true,
		},
		// The token is for the services that are configured, and for nobody they name.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// handler passes the call on. It takes as long as any request may: ten seconds.
func (f *forwarder) handler(k call) fiber.Handler {
	return func(c *fiber.Ctx) error {
		request, err := f.request(c, k)
		if err != nil {
			return err
		}
		request, sent := watched(request)
		answer, err := f.client.Do(request)
		switch {
		case err == nil:
			defer answer.Body.Close()
			return passBack(c, k, answer)
		case !sent.Load():
			return errs.Wrap(errs.Unavailable, err, "the "+k.service+" service can't be reached")
		default:
			return k.unanswered(c, err)
		}
	}
}

// watched returns the request, and whether any of it may have been sent: until then
// the service can't have done what it asks for.
func watched(request *http.Request) (*http.Request, *atomic.Bool) {
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}
	return request.WithContext(httptrace.WithClientTrace(request.Context(), trace)), &sent
}

// request makes the request anew, of the parts that are known.
func (f *forwarder) request(c *fiber.Ctx, k call) (*http.Request, error) {
	id, err := url.PathUnescape(c.Params("id"))
	if err != nil || id == "." || id == ".." { // these two change a path
		return nil, fiber.ErrNotFound
	}
	target := strings.TrimSuffix(f.urls[k.service], "/") + strings.Replace(k.path, ":id", url.PathEscape(id), 1)
	query := url.Values{}
	for _, name := range k.query {
		if value := c.Query(name); value != "" {
			query.Set(name, value)
		}
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(c.UserContext(), k.method, target, bytes.NewReader(c.Request().Body()))
	if err != nil {
		return nil, fmt.Errorf("call the %s service: %w", k.service, err)
	}
	for _, name := range passedOn {
		if value := c.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	request.Header.Set(httpkit.CorrelationHeader, event.OriginOf(c.UserContext()).CorrelationID)
	return request, nil
}

// passBack answers what the service has answered: JSON, whatever the status.
// Anything else comes from something that is no service of ours.
func passBack(c *fiber.Ctx, k call, answer *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return k.unanswered(c, err)
	}
	if !isJSON(answer.Header.Get(fiber.HeaderContentType)) || len(body) > maxAnswer {
		return fiber.NewError(fiber.StatusBadGateway, fmt.Sprintf("the answer of the %s service, %s, is not one that the console can show", k.service, answer.Status))
	}
	for _, name := range passedBack {
		if value := answer.Header.Get(name); value != "" {
			c.Set(name, value)
		}
	}
	return c.Status(answer.StatusCode).Send(body)
}

// unanswered is the error of a call that the service has got, and has not answered
// whole: in time, when the request's time has run out, or at all.
func (k call) unanswered(c *fiber.Ctx, cause error) error {
	unknown := ""
	if k.method != fiber.MethodGet {
		unknown = "; whether it has done what was asked is not known"
	}
	if c.UserContext().Err() != nil {
		late := fiber.NewError(fiber.StatusGatewayTimeout, "the "+k.service+" service didn't answer in time"+unknown)
		return fmt.Errorf("%w: %w", late, cause)
	}
	return errs.Wrap(errs.Unavailable, cause, "the "+k.service+" service broke off its answer"+unknown)
}

func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (mediaType == "application/json" || mediaType == "application/problem+json")
}
