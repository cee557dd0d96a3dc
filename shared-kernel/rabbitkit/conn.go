// Package rabbitkit is RabbitMQ as the services use it: the saga's topology, a
// publisher that knows what the broker has confirmed, and a consumer that loses
// nothing. It is built on go-rabbitmq.
//
// go-rabbitmq would reconnect by itself, but carries state over from one
// connection to the next (a publisher blocked by the old one stays blocked) and
// can miss the loss of a connection altogether. So the kit reconnects: each
// connection is a session, whatever goes wrong ends it, and everything is made
// new on the next one, the topology included.
package rabbitkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/errs"
)

var reconnects = backoff{first: 250 * time.Millisecond, most: 2 * time.Second}

// stable is how long a session has to last for the next loss to count as the
// first one again.
const stable = 10 * time.Second

// Conn keeps one connection to the broker. A process needs two: one to publish
// and one to consume, because a broker short of memory stops reading from
// connections that publish, and would not hear their acknowledgements.
type Conn struct {
	url  string
	name string
	log  *slog.Logger

	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	session *session      // nil while there is none
	reason  error         // why there is none
	changed chan struct{} // closed at the next change of session
}

// NewConn returns at once and connects in the background, again and again until
// Close. On each connection the saga's topology is declared before it is used.
// The name is what the broker shows for the connection. It fails only when url
// is not an AMQP URL.
func NewConn(url, name string, log *slog.Logger) (*Conn, error) {
	if _, err := amqp.ParseURI(url); err != nil {
		return nil, fmt.Errorf("broker URL: %w", withoutURL(err))
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Conn{
		url:     url,
		name:    name,
		log:     log.With("connection", name),
		cancel:  cancel,
		done:    make(chan struct{}),
		reason:  errors.New("not connected yet"),
		changed: make(chan struct{}),
	}
	go c.keep(ctx)
	return c, nil
}

// Dial is NewConn and waits for the broker until ctx ends.
func Dial(ctx context.Context, url, name string, log *slog.Logger) (*Conn, error) {
	c, err := NewConn(url, name, log)
	if err != nil {
		return nil, err
	}
	if err := c.Wait(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Wait returns when there is a connection, or with an Unavailable error when
// ctx ends or c is closed before that.
func (c *Conn) Wait(ctx context.Context) error {
	_, err := c.await(ctx)
	return err
}

// Ready returns nil while there is a connection, and otherwise an Unavailable
// error that says why not. It doesn't wait.
func (c *Conn) Ready() error {
	_, err := c.current()
	return err
}

// Close ends the connection and everything on it. It may be called more than
// once, and takes a second at most when the broker doesn't answer.
func (c *Conn) Close() {
	c.cancel()
	<-c.done
}

// current returns the session, or an Unavailable error when there is none.
func (c *Conn) current() (*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.session == nil:
		return nil, errs.Wrap(errs.Unavailable, c.reason, "no connection to the broker")
	case c.session.isLost():
		return nil, errs.Wrap(errs.Unavailable, c.session.reason, "no connection to the broker")
	}
	return c.session, nil
}

// await returns the session as soon as there is one.
func (c *Conn) await(ctx context.Context) (*session, error) {
	for {
		c.mu.Lock()
		s, reason, changed := c.session, c.reason, c.changed
		c.mu.Unlock()
		if s != nil && !s.isLost() {
			return s, nil
		}
		select {
		case <-changed:
		case <-c.done:
			return nil, errs.Wrap(errs.Unavailable, errClosed, "wait for the broker")
		case <-ctx.Done():
			return nil, errs.Wrap(errs.Unavailable, fmt.Errorf("%w (%w)", ctx.Err(), reason), "wait for the broker")
		}
	}
}

func (c *Conn) set(s *session, reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.reason = s, reason
	close(c.changed)
	c.changed = make(chan struct{})
}

// keep makes one session after the other until ctx ends.
func (c *Conn) keep(ctx context.Context) {
	defer close(c.done)
	failures := 0
	for {
		began := time.Now()
		err := c.live(ctx)
		c.set(nil, err)
		if ctx.Err() != nil {
			return
		}
		if failures++; time.Since(began) > stable {
			failures = 1
		}
		if failures&(failures-1) == 0 { // the 1st, 2nd, 4th, 8th...: outages may last for days
			c.log.Warn("no connection to the broker", "error", err, "failures", failures)
		}
		select {
		case <-time.After(reconnects.after(failures)):
		case <-ctx.Done():
		}
	}
}

// live is one session from beginning to end; it returns why it ended.
func (c *Conn) live(ctx context.Context) error {
	if err := SagaTopology().Declare(ctx, c.url); err != nil {
		return err
	}
	s, err := openSession(ctx, c.url, c.name, c.log)
	if err != nil {
		return err
	}
	defer s.close()
	c.set(s, nil)
	c.log.Info("connected to the broker")
	select {
	case <-s.lost:
		return s.reason
	case <-ctx.Done():
		return errClosed
	}
}

// withoutURL takes the URL, which has a password in it, out of an error.
func withoutURL(err error) error {
	var parse *url.Error
	if errors.As(err, &parse) {
		return parse.Err
	}
	return err
}
