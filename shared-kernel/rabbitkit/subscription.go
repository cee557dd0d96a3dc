package rabbitkit

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wagslane/go-rabbitmq"

	"orders.internal/shared-kernel/errs"
)

// subscription is one consumer of go-rabbitmq on one session.
type subscription struct {
	session   *session
	consumer  *rabbitmq.Consumer
	watch     *watch
	mostAcks  int // that wait for others: well below the prefetch, of which they are a part
	consuming atomic.Bool

	mu   sync.Mutex
	acks *acks // of its channel, which the first delivery names
}

func (c *Consumer) subscribe(s *session) (*subscription, error) {
	sub := &subscription{session: s, mostAcks: c.config.Prefetch / 4}
	sub.watch = &watch{log: c.log, lost: s.fail, consuming: func() {
		sub.consuming.Store(true)
		c.log.Info("consuming")
	}}
	var err error
	sub.consumer, err = rabbitmq.NewConsumer(s.conn, EventsQueue(c.config.Service),
		rabbitmq.WithConsumerOptionsLogger(sub.watch),
		rabbitmq.WithConsumerOptionsConcurrency(c.config.Concurrency),
		rabbitmq.WithConsumerOptionsQOSPrefetch(c.config.Prefetch),
		rabbitmq.WithConsumerOptionsQueueNoDeclare, // the topology is there
		// A graceful close would refuse deliveries; see drain.
		rabbitmq.WithConsumerOptionsForceShutdown)
	if err != nil {
		return nil, err
	}
	go func() {
		// After a good start it returns only when the consumer is closed.
		if err := sub.consumer.Run(func(d rabbitmq.Delivery) rabbitmq.Action { return c.deliver(sub, d) }); err != nil {
			s.fail(err)
		}
	}()
	return sub, nil
}

// acknowledge has the delivery acknowledged, together with others.
func (s *subscription) acknowledge(d rabbitmq.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.acks == nil {
		s.acks = newAcks(s.mostAcks, d.Acknowledger.Ack, s.session.fail)
	}
	s.acks.add(d.DeliveryTag)
}

// flush sends the acknowledgements of what was settled so far.
func (s *subscription) flush() {
	s.mu.Lock()
	acks := s.acks
	s.mu.Unlock()
	if acks != nil {
		acks.flush()
	}
}

func (s *subscription) ready() error {
	if !s.consuming.Load() {
		return errs.New(errs.Unavailable, "the broker has not accepted the consumer yet")
	}
	return nil
}

// close has the broker take back what is unacknowledged. A broker that doesn't
// answer loses the connection.
func (s *subscription) close() {
	s.watch.closing.Store(true)
	force := time.AfterFunc(closeTimeout, func() { s.session.cut(errors.New("the broker did not let the consumer go")) })
	defer force.Stop()
	s.flush()
	s.consumer.Close()
}
