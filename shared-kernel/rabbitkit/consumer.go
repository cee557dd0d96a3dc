package rabbitkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/wagslane/go-rabbitmq"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
)

// Handler handles one event. What it returns decides about the message:
//   - nil: acknowledged.
//   - Unavailable, or no answer within 30 seconds: held and tried again with
//     growing waits, for as long as the outage lasts.
//   - Contradiction, UnknownOrder: dead-lettered at once.
//   - any other error, or a panic: dead-lettered after the fifth try.
//
// Several messages are handled at once and any of them may be handled twice.
// ctx carries the event.Origin that events caused by this one should have; it
// ends when a stop has used up its time, not when the stop begins.
type Handler func(ctx context.Context, m contracts.Message) error

// ConsumerConfig says what is consumed and how.
type ConsumerConfig struct {
	Service     string // consumes EventsQueue(Service), dead-letters to DeadQueue(Service)
	Concurrency int    // handlers at once, 64 when 0
	Prefetch    int    // deliveries the broker sends ahead, twice Concurrency when 0
	Log         *slog.Logger
	Registerer  prometheus.Registerer // nil: no metrics
}

// Consumer consumes one service's queue: NewConsumer, Run once, Stop.
type Consumer struct {
	conn    *Conn
	dead    *Publisher
	config  ConsumerConfig
	handle  Handler
	log     *slog.Logger
	metrics metrics
	policy  policy

	drain        *drain
	settled      atomic.Uint64
	subscription atomic.Pointer[subscription]

	started  atomic.Bool
	done     chan struct{}   // closed when Run has returned
	running  context.Context // ends when Run has to
	finish   context.CancelFunc
	handling context.Context // what handlers' contexts come from
	abort    context.CancelFunc
}

// NewConsumer hands what arrives over conn to handle. Dead letters leave
// through dead, which should have a Conn of its own.
func NewConsumer(conn *Conn, dead *Publisher, config ConsumerConfig, handle Handler) *Consumer {
	if config.Concurrency == 0 {
		config.Concurrency = 64
	}
	if config.Prefetch == 0 {
		config.Prefetch = 2 * config.Concurrency
	}
	queue := EventsQueue(config.Service)
	c := &Consumer{
		conn:   conn,
		dead:   dead,
		config: config,
		handle: handle,
		log:    config.Log.With("queue", queue),
		policy: defaultPolicy,
		drain:  newDrain(),
		done:   make(chan struct{}),
	}
	c.running, c.finish = context.WithCancel(context.Background())
	c.handling, c.abort = context.WithCancel(context.Background())
	c.metrics = newMetrics(config.Registerer, queue, c.Ready)
	return c
}

// Run consumes until Stop, and then returns nil. When ctx ends before that,
// handlers are cancelled, nothing more is acknowledged and ctx's error is
// returned. It waits for the broker as long as need be, at the start as well as
// later; its only other error is that conn was closed.
func (c *Consumer) Run(ctx context.Context) error {
	if c.started.Swap(true) {
		return errors.New("consumer has been run before")
	}
	defer close(c.done)
	defer close(c.drain.released)
	defer context.AfterFunc(ctx, func() {
		c.drain.begin()
		c.abort()
		c.finish()
	})()
	for c.running.Err() == nil {
		s, err := c.conn.await(c.running)
		if err != nil {
			if c.running.Err() != nil {
				break
			}
			return err
		}
		c.consume(s)
	}
	return ctx.Err()
}

// Stop drains: deliveries in hand are finished and acknowledged, those held for
// an outage are let go, and so is whatever arrives meanwhile; the broker
// delivers them again. When ctx ends before that, handlers are cancelled and
// its error is returned.
func (c *Consumer) Stop(ctx context.Context) error {
	c.drain.begin()
	select {
	case <-c.drain.idle:
	case <-ctx.Done():
	}
	c.abort()
	c.finish()
	if !c.started.Load() {
		return nil
	}
	select {
	case <-c.done:
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("drain the consumer: %w", err)
	}
	return nil
}

// Ready returns nil only while the broker delivers to this consumer, and
// otherwise an error that says why it doesn't.
func (c *Consumer) Ready() error {
	if c.drain.stopping() {
		return errs.New(errs.Unavailable, "the consumer is stopping")
	}
	if sub := c.subscription.Load(); sub != nil {
		return sub.ready()
	}
	if err := c.conn.Ready(); err != nil {
		return err
	}
	return errs.New(errs.Unavailable, "the consumer has not subscribed yet")
}

// consume is subscribed for as long as s and Run last.
func (c *Consumer) consume(s *session) {
	sub, err := c.subscribe(s)
	if err != nil {
		s.fail(err)
		return
	}
	c.subscription.Store(sub)
	select {
	case <-s.lost:
	case <-c.running.Done():
	}
	c.subscription.Store(nil)
	sub.close()
}

// deliver is called by go-rabbitmq on Concurrency goroutines.
func (c *Consumer) deliver(sub *subscription, d rabbitmq.Delivery) rabbitmq.Action {
	if !c.drain.enter() {
		<-c.drain.released
		return rabbitmq.Manual
	}
	defer c.drain.leave()
	c.process(sub, d)
	return rabbitmq.Manual
}

// policy says how often and how patiently a message is tried.
type policy struct {
	tries      int           // of a message whose handler fails, not counting outages
	timeout    time.Duration // of one try
	failures   backoff       // between those tries
	outages    backoff       // while something that is needed is down
	deadLetter backoff       // while the dead queue can't be reached
}

var defaultPolicy = policy{
	tries:      5,
	timeout:    30 * time.Second,
	failures:   backoff{first: 100 * time.Millisecond, most: 2 * time.Second},
	outages:    backoff{first: 100 * time.Millisecond, most: 2 * time.Second},
	deadLetter: backoff{first: 100 * time.Millisecond, most: 5 * time.Second},
}
