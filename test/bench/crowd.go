package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/valyala/fasthttp"
)

// besideRefusals is the phase that says how much of the maximum an overload can leave: the
// closed loop, beside as many requests as were refused, which a server refuses that does nothing
// else. To send, refuse and hear of them takes the same CPUs, whoever refuses.
const besideRefusals = "beside-refusals"

// besideRefusals measures the throughput beside a crowd of that many a second.
func (b *bench) besideRefusals(ctx context.Context, rate float64) (err error) {
	crowd, err := newCrowd(b.plan)
	if err != nil {
		return fmt.Errorf("a crowd: %w", err)
	}
	defer func() { err = errors.Join(err, crowd.close()) }()
	doing := fmt.Sprintf("the maximum beside %.0f refusals a second by another server: %d clients for %v", rate, b.plan.Clients, b.plan.Maximum)
	p, err := b.run(ctx, doing, Phase{Name: besideRefusals}, ordinary, b.plan.Clients, func(ctx context.Context, s *shop, w *watch) error {
		left := crowd.come(ctx, rate, b.plan.Maximum)
		closed(ctx, b.plan.Clients, b.plan.Maximum, w.admit, s.place)
		<-left
		return nil
	})
	if err != nil {
		return err
	}
	crowd.judge(&p, rate)
	b.report.add(p)
	return nil
}

// crowd is customers who are all turned away, and the server that does so, within the load
// generator's process. It knows nothing of orders, and what it writes is a little less than what
// the order service writes with a refusal, so what a crowd takes is at least what this one takes.
type crowd struct {
	client   *client
	shop     *shop
	listener net.Listener
	served   chan error
}

// refusal is the body of the order service's.
const refusal = `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"too many orders are on their way"}`

func newCrowd(plan Plan) (*crowd, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	client, err := newClient("http://"+listener.Addr().String(), overloadClients)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	c := &crowd{
		client:   client,
		shop:     newShop(client, overloadClients, plan, besideRefusals, ordinary),
		listener: listener, served: make(chan error, 1),
	}
	go func() { c.served <- fasthttp.Serve(listener, refuse) }()
	return c, nil
}

func refuse(c *fasthttp.RequestCtx) {
	c.Response.Header.Set(fasthttp.HeaderRetryAfter, "1")
	c.SetContentType("application/problem+json")
	c.SetStatusCode(fasthttp.StatusServiceUnavailable)
	c.SetBodyString(refusal)
}

// come sends that many requests a second. The channel is closed when the last one is answered.
func (c *crowd) come(ctx context.Context, rate float64, long time.Duration) (left <-chan struct{}) {
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		open(ctx, systemClock(rate), len(c.shop.clients), rate, long, c.shop.place)
	}()
	return answered
}

// Crowd is what became of requests to a server that is not the order service.
type Crowd struct {
	Rate     float64  `json:"due_per_s"`
	Refused  int      `json:"refused"` // 503
	Refusals *Latency `json:"refusals,omitempty"`
}

// judge adds the crowd's side to the phase.
func (c *crowd) judge(p *Phase, rate float64) {
	p.Crowd = &Crowd{Rate: rate, Refused: int(c.shop.refused.Load()), Refusals: c.shop.refusals.latency()}
	for _, fault := range c.shop.faults {
		p.fault("the crowd: %s", fault)
	}
}

func (c *crowd) close() error {
	c.client.http.CloseIdleConnections()
	return errors.Join(c.listener.Close(), <-c.served)
}
