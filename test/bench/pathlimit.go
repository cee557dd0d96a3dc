package bench

import (
	"context"
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

// orderPath does for one order after the other what each waits for, by itself and as plainly
// as possible: the transactions between created_at and updated_at of COMPLETED, which are
// set before the first one and before the last, and the messages between them.
type orderPath struct {
	rows    *rowWriter
	publish *amqp.Channel
	queues  map[string]*pathQueue // of each service
}

// pathQueue is a queue that an orderPath consumes.
type pathQueue struct {
	name     string
	messages <-chan amqp.Delivery
	last     *amqp.Delivery // that isn't acknowledged; nil: none
}

// warmPath is how many orders an orderPath follows before the others count: a new connection
// prepares its statements, and PostgreSQL plans each anew for its first five executions.
const warmPath = 20

// pathLatency tells how long the path of an order takes by itself, at sagaRate.
func (b *bench) pathLatency(ctx context.Context, long time.Duration) (took *histogram, err error) {
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
	p, err := newOrderPath(conn, rows)
	if err != nil {
		return nil, err
	}
	for range warmPath {
		if _, err := p.order(ctx); err != nil {
			return nil, err
		}
	}
	if took, err = p.follow(ctx, long); err != nil {
		return nil, err
	}
	return took, b.onChannel(deleteTwins)
}

func newOrderPath(conn *amqp.Connection, rows *rowWriter) (*orderPath, error) {
	p := &orderPath{rows: rows, queues: map[string]*pathQueue{}}
	var err error
	if p.publish, err = conn.Channel(); err != nil {
		return nil, err
	}
	if err := p.publish.Confirm(false); err != nil {
		return nil, err
	}
	for _, service := range contracts.Services {
		channel, err := conn.Channel()
		if err != nil {
			return nil, err
		}
		q := &pathQueue{name: limitQueue(service)}
		if q.messages, err = channel.Consume(q.name, "", false, false, false, false, nil); err != nil {
			return nil, fmt.Errorf("consume %s: %w", q.name, err)
		}
		p.queues[service] = q
	}
	return p, nil
}

// follow takes the path with all orders that are due in a time.
func (p *orderPath) follow(ctx context.Context, long time.Duration) (took *histogram, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	took = newHistogram()
	open(ctx, systemClock(sagaRate), 1, sagaRate, long, func(int, int, time.Time) time.Duration {
		each, err := p.order(ctx)
		if err != nil {
			cancel(err)
		} else {
			took.record(each)
		}
		return 0
	})
	return took, context.Cause(ctx)
}

// order does all that an order is, and tells how long its path took. What it doesn't wait for
// is done when that is over.
func (p *orderPath) order(ctx context.Context) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	path, rest := splitPath(p.rows.steps())
	var confirms []*amqp.DeferredConfirmation
	do := func(steps []step) error {
		for _, s := range steps {
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
			if next, waits := waitsFor[s.publishes]; waits {
				if err := p.queues[next].await(ctx, s.publishes); err != nil {
					return err
				}
			}
		}
		return nil
	}
	begin := time.Now()
	if err := do(path); err != nil {
		return 0, err
	}
	took = time.Since(begin)
	if err := do(rest); err != nil {
		return 0, err
	}
	if _, err := awaitConfirms(ctx, confirms, 0); err != nil {
		return 0, err
	}
	for _, q := range p.queues {
		if err := q.acknowledge(); err != nil {
			return 0, err
		}
	}
	return took, nil
}

// splitPath returns those steps of an order for which it waits until it is paid, and the others.
func splitPath(steps []step) (path, rest []step) {
	paid := false
	for _, s := range steps {
		if paid || s.cleansUp {
			rest = append(rest, s)
			continue
		}
		path = append(path, s)
		paid = s.publishes == contracts.TypePaymentProcessed
	}
	return path, rest
}

// await takes messages until one of the type has come.
func (q *pathQueue) await(ctx context.Context, eventType string) error {
	for {
		select {
		case m, ok := <-q.messages:
			if !ok {
				return fmt.Errorf("consume %s: %w", q.name, amqp.ErrClosed)
			}
			if q.last = &m; m.Type == eventType {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("wait for %s in %s: %w", eventType, q.name, ctx.Err())
		}
	}
}

// acknowledge acknowledges what has come.
func (q *pathQueue) acknowledge() error {
	select {
	case m, ok := <-q.messages:
		if !ok {
			return fmt.Errorf("consume %s: %w", q.name, amqp.ErrClosed)
		}
		last, _ := takeMore(q.messages, m)
		q.last = &last
	default:
	}
	if q.last == nil {
		return nil
	}
	last := q.last
	q.last = nil
	return last.Ack(true)
}
