package rabbitkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/wagslane/go-rabbitmq"
)

const (
	dialTimeout = 5 * time.Second // for the connection, and again for the AMQP handshake
	// heartbeat is when the broker must have been heard of. The client library gives a
	// connection up that was silent for half as long again: until then a consumer
	// seems to work. Below five seconds a broker that is busy would seem dead
	// (https://www.rabbitmq.com/docs/heartbeats#false-positives).
	heartbeat = 5 * time.Second
	// closeTimeout bounds saying goodbye: a broker under a memory alarm doesn't
	// read from a connection that publishes, and so never answers it.
	closeTimeout = time.Second
	// neverReconnect keeps go-rabbitmq from reconnecting: a lost session is
	// closed long before.
	neverReconnect = time.Hour
)

var errClosed = errors.New("connection is closed")

// session is one connection to the broker, from its handshake to its loss. What
// lives on it, a channel or a subscription, is made new with the next session.
type session struct {
	conn   *rabbitmq.Conn
	ctx    context.Context // ends with the session's socket
	cancel context.CancelFunc
	lost   chan struct{} // closed when the session is of no use any more

	once   sync.Once
	reason error // set before lost is closed

	mu      sync.Mutex
	closed  bool
	closers []func()
}

func openSession(ctx context.Context, url, name string, log *slog.Logger) (*session, error) {
	s := &session{lost: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, s.cancel) // while it is being opened
	defer stop()

	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(name)
	conn, err := rabbitmq.NewConn(url,
		rabbitmq.WithConnectionOptionsLogger(&watch{log: log, lost: s.fail}),
		rabbitmq.WithConnectionOptionsBaseReconnectInterval(neverReconnect),
		rabbitmq.WithConnectionOptionsConfig(rabbitmq.Config{
			Heartbeat:  heartbeat,
			Properties: properties,
			Dial: func(network, address string) (net.Conn, error) {
				socket, err := dial(s.ctx, network, address)
				if err != nil {
					return nil, err
				}
				return newGathering(socket), nil
			},
		}))
	if err != nil {
		s.cancel()
		return nil, fmt.Errorf("connect to the broker: %w", err)
	}
	s.conn = conn
	return s, nil
}

// fail ends the session. It may be called from anywhere and more than once: it
// only tells; the session's Conn closes it.
func (s *session) fail(reason error) {
	s.once.Do(func() {
		s.reason = reason
		close(s.lost)
	})
}

func (s *session) isLost() bool {
	select {
	case <-s.lost:
		return true
	default:
		return false
	}
}

// onClose has do called when the session is closed, at once if it is already.
func (s *session) onClose(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		go do()
		return
	}
	s.closers = append(s.closers, do)
}

// cut ends the session without saying goodbye.
func (s *session) cut(reason error) {
	s.fail(reason)
	s.cancel()
}

// close takes closeTimeout at most. The second Close of a rabbitmq.Conn would
// block for ever, so only the session's Conn calls this, once.
func (s *session) close() {
	s.fail(errClosed)
	force := time.AfterFunc(closeTimeout, s.cancel)
	defer force.Stop()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for _, closer := range s.closers { // nobody adds to them any more
		closer()
	}
	_ = s.conn.Close() // fails when it is lost already, which is why it is closed
	s.cancel()
}

// onChannel calls do with a channel on a short-lived connection, which ctx cuts.
func onChannel(ctx context.Context, url string, do func(*amqp.Channel) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := amqp.DialConfig(url, amqp.Config{Dial: func(network, address string) (net.Conn, error) {
		return dial(ctx, network, address)
	}})
	if err != nil {
		return withoutURL(err)
	}
	defer conn.Close()
	channel, err := conn.Channel()
	if err != nil {
		return err
	}
	return do(channel)
}

// dial connects, and closes the socket when ctx ends: nothing else interrupts
// an AMQP call that waits for an answer.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	socket, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = socket.Close() })
	// For the handshake; amqp091 takes it off afterwards.
	if err := socket.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return socket, nil
}
