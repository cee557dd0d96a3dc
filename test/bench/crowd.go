package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"
)

// besideRefusals is the phase that says how much of the maximum an overload can leave: the
// closed loop, beside as many requests as were refused, which are refused by a server that does
// nothing else. Sending and refusing them takes the same CPUs, whoever does it.
const besideRefusals = "beside-refusals"

// crowdFor is a closed loop of all clients beside an open loop of those whom a refuser turns
// away, at that many a second.
func (b *bench) crowdFor(rate float64, long time.Duration) drive {
	return func(ctx context.Context, s *shop, w *watch) (err error) {
		refuser, err := newRefuser(ctx)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, refuser.close()) }()
		c, err := newClient(refuser.url, overloadClients)
		if err != nil {
			return err
		}
		crowd := newShop(c, overloadClients, b.plan, besideRefusals, ordinary)
		turnedAway := make(chan struct{})
		go func() {
			defer close(turnedAway)
			open(ctx, systemClock(rate), len(crowd.clients), rate, long, crowd.place)
		}()
		closed(ctx, b.plan.Clients, long, w.admit, s.place)
		<-turnedAway
		if len(crowd.faults) > 0 {
			return fmt.Errorf("the crowd: %s", crowd.faults[0])
		}
		return nil
	}
}

// refuser is a server that refuses every order as the order service does, and knows nothing of
// orders. It has a listener of loopback and the load generator's process.
type refuser struct {
	url    string
	server *fasthttp.Server
	served chan error
}

func newRefuser(ctx context.Context) (*refuser, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &refuser{url: "http://" + listener.Addr().String(), served: make(chan error, 1)}
	later := strconv.Itoa(int(retryAfter.Seconds()))
	r.server = &fasthttp.Server{Handler: func(c *fasthttp.RequestCtx) {
		c.Response.Header.Set(fasthttp.HeaderRetryAfter, later)
		c.SetContentType("application/json")
		c.SetStatusCode(fasthttp.StatusServiceUnavailable)
		c.SetBodyString(`{"error":"too many orders"}`)
	}}
	go func() { r.served <- r.server.Serve(listener) }()
	return r, nil
}

func (r *refuser) close() error {
	return errors.Join(r.server.Shutdown(), <-r.served)
}
