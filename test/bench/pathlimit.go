package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
)

// waitsFor tells whose work comes next after an event, until an order is COMPLETED.
var waitsFor = map[string]string{
	contracts.TypeOrderCreated:      contracts.ServiceInventory,
	contracts.TypeInventoryReserved: contracts.ServicePayment,
	contracts.TypePaymentProcessed:  contracts.ServiceOrder,
}

// path does for one order after the other what each waits for, by itself and as plainly as
// possible: the transactions between created_at and updated_at of COMPLETED, which are set
// before the first one and before the last, and the messages between them.
type path struct {
	rows    *rowWriter
	publish *amqp.Channel
	queues  map[string]*pathQueue // of each service
}

// pathQueue is a consumer of one.
type pathQueue struct {
	channel  *amqp.Channel
	messages <-chan amqp.Delivery
	last     *amqp.Delivery // that isn't acknowledged; nil: none
}

// pathLimit measures that at sagaRate.
func (b *bench) pathLimit(ctx context.Context, long time.Duration) (*Latency, error) {
	if err := b.onChannel(declareTwins); err != nil {
		return nil, err
	}
	rows, err := b.newRowWriter(ctx, 0, 1)
	if err != nil {
		return nil, err
	}
	defer rows.close(context.WithoutCancel(ctx))
	if err := b.makeTwins(ctx, []*rowWriter{rows}); err != nil {
		return nil, err
	}
	defer b.dropTwins(context.WithoutCancel(ctx))
	conn, err := amqp.Dial(b.system.stack.AMQPURL())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	p, err := newPath(conn, rows)
	if err != nil {
		return nil, err
	}
	following, cancel := context.WithTimeoutCause(ctx, long+b.plan.Drain, errors.New("a message did not come"))
	defer cancel()
	took, err := p.follow(following, long)
	if err != nil {
		return nil, err
	}
	return took.latency(), b.onChannel(deleteTwins)
}

func newPath(conn *amqp.Connection, rows *rowWriter) (*path, error) {
	p := &path{rows: rows, queues: map[string]*pathQueue{}}
	var err error
	if p.publish, err = conn.Channel(); err != nil {
		return nil, err
	}
	if err := p.publish.Confirm(false); err != nil {
		return nil, err
	}
	for _, service := range contracts.Services {
		q := &pathQueue{}
		if q.channel, err = conn.Channel(); err != nil {
			return nil, err
		}
		if q.messages, err = q.channel.Consume(limitQueue(service), "", false, false, false, false, nil); err != nil {
			return nil, fmt.Errorf("consume %s: %w", limitQueue(service), err)
		}
		p.queues[service] = q
	}
	return p, nil
}

// follow does so with as many orders as come in a time.
func (p *path) follow(ctx context.Context, long time.Duration) (took *histogram, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	took = newHistogram()
	open(ctx, systemClock(sagaRate), 1, sagaRate, long, func(int, int, time.Time) time.Duration {
		if err := p.order(ctx, took); err != nil {
			cancel(err)
		}
		return 0
	})
	return took, context.Cause(ctx)
}

// order does all that an order is. What it doesn't wait for is done when it is over, before
// the next one is due.
func (p *path) order(ctx context.Context, took *histogram) error {
	var cleanUps []step
	var confirms []*amqp.DeferredConfirmation
	begin := time.Now()
	for _, s := range p.rows.steps() {
		if s.cleansUp {
			cleanUps = append(cleanUps, s)
			continue
		}
		if err := p.rows.transact(ctx, s); err != nil {
			return err
		}
		if s.publishes == "" {
			continue
		}
		confirm, err := publishOne(ctx, p.publish, s.publishes, p.rows.bodies[s.publishes])
		if err != nil {
			return err
		}
		confirms = append(confirms, confirm)
		next, waits := waitsFor[s.publishes]
		if !waits {
			continue
		}
		if err := p.queues[next].await(ctx, s.publishes); err != nil {
			return err
		}
		if s.publishes == contracts.TypePaymentProcessed {
			took.record(time.Since(begin))
		}
	}
	if _, err := awaitConfirms(ctx, confirms, 0); err != nil {
		return err
	}
	for _, s := range cleanUps {
		if err := p.rows.transact(ctx, s); err != nil {
			return err
		}
	}
	for _, q := range p.queues {
		if err := q.acknowledge(); err != nil {
			return err
		}
	}
	return nil
}

// await takes messages until one of the type has come.
func (q *pathQueue) await(ctx context.Context, eventType string) error {
	for {
		select {
		case m, ok := <-q.messages:
			if !ok {
				return errors.New("the channel was closed")
			}
			if q.last = &m; m.Type == eventType {
				return nil
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// acknowledge acknowledges what has come.
func (q *pathQueue) acknowledge() error {
	for {
		select {
		case m, ok := <-q.messages:
			if !ok {
				return errors.New("the channel was closed")
			}
			q.last = &m
			continue
		default:
		}
		if q.last == nil {
			return nil
		}
		err := q.last.Ack(true)
		q.last = nil
		return err
	}
}
