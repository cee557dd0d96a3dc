package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	amqp "github.com/rabbitmq/amqp091-go"
	"golang.org/x/sync/errgroup"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
)

// publishers publish at the same time, each over a connection of its own.
const publishers = 2

// completedOrder are the events that a completed order publishes.
var completedOrder = []string{
	contracts.TypeOrderCreated, contracts.TypeInventoryReserved, contracts.TypePaymentProcessed, contracts.TypeOrderConfirmed,
}

// sampleBodies are real messages, one of each type that a completed order
// publishes.
func sampleBodies() (map[string][]byte, error) {
	id := func() string { return uuid.Must(uuid.NewV7()).String() }
	order, bodies := id(), map[string][]byte{}
	items := []contracts.Item{{ProductID: product(1), Quantity: 2}, {ProductID: product(102), Quantity: 1}}
	for _, data := range []contracts.Data{
		contracts.OrderCreated{OrderID: order, CustomerID: "customer-1", Items: items, TotalAmount: 15000},
		contracts.InventoryReserved{OrderID: order, CustomerID: "customer-1", Items: items, TotalAmount: 15000},
		contracts.PaymentProcessed{OrderID: order, CustomerID: "customer-1", Amount: 15000, TransactionID: "tx_" + id(), Attempts: 1},
		contracts.OrderConfirmed{OrderID: order, CustomerID: "customer-1", TotalAmount: 15000},
	} {
		route, _ := contracts.RouteOf(data.EventType())
		body, err := contracts.Encode(contracts.Message{
			ID: id(), Source: "/" + route.Publisher, Time: time.Now(), Data: data,
			Origin: event.Origin{CorrelationID: id(), CausationID: id()},
		})
		if err != nil {
			return nil, err
		}
		bodies[data.EventType()] = body
	}
	return bodies, nil
}

// limitPrefix begins the names of what the messages go through, so that no service
// ever sees them.
const limitPrefix = "bench."

const limitExchange = limitPrefix + servicesExchange

const servicesExchange = "events"

func servicesQueue(service string) string { return service + ".events" }

func limitQueue(service string) string { return limitPrefix + servicesQueue(service) }

// declareTwins makes an exchange and queues like those of the services. It declares theirs
// again, too: the broker refuses that if they are others. What could not be delivered or
// handled would go where theirs goes.
func declareTwins(channel *amqp.Channel) error {
	for _, prefix := range []string{"", limitPrefix} {
		err := channel.ExchangeDeclare(prefix+servicesExchange, amqp.ExchangeTopic, true, false, false, false, amqp.Table{"alternate-exchange": "events.unroutable"})
		if err != nil {
			return fmt.Errorf("declare exchange %s: %w", prefix+servicesExchange, err)
		}
		for _, service := range contracts.Services {
			_, err := channel.QueueDeclare(prefix+servicesQueue(service), true, false, false, false, amqp.Table{
				"x-queue-type": "quorum", "x-delivery-limit": 100, "x-overflow": "reject-publish",
				"x-dead-letter-exchange": "events.dead", "x-dead-letter-routing-key": service + ".dead", "x-dead-letter-strategy": "at-least-once",
			})
			if err != nil {
				return fmt.Errorf("declare queue %s: %w", prefix+servicesQueue(service), err)
			}
		}
	}
	for _, route := range contracts.Routes {
		for _, service := range route.Consumers {
			if err := channel.QueueBind(limitQueue(service), route.Key, limitExchange, false, nil); err != nil {
				return fmt.Errorf("bind queue %s: %w", limitQueue(service), err)
			}
		}
	}
	return nil
}

// deleteTwins leaves the broker with what the services have declared.
func deleteTwins(channel *amqp.Channel) error {
	for _, service := range contracts.Services {
		if _, err := channel.QueueDelete(limitQueue(service), false, false, false); err != nil {
			return fmt.Errorf("delete queue %s: %w", limitQueue(service), err)
		}
	}
	if err := channel.ExchangeDelete(limitExchange, false, false); err != nil {
		return fmt.Errorf("delete exchange %s: %w", limitExchange, err)
	}
	return nil
}

// messageLimit publishes the messages of orders for the plan's time, through an
// exchange and queues like those of the services, and consumes them all.
func (b *bench) messageLimit(ctx context.Context) (limit MessageLimit, err error) {
	w, err := b.newMessageWork(ctx)
	if err != nil {
		return limit, err
	}
	took, used, err := b.timed(&w.orders, func(begin time.Time) error { return w.run(until(begin.Add(b.plan.Bound))) })
	if err := errors.Join(err, w.end()); err != nil {
		return limit, err
	}
	perS := float64(w.orders.Load()) / took
	return MessageLimit{
		PerS: perS, Published: perS * float64(len(completedOrder)), Delivered: float64(w.delivered.Load()) / took, CPU: used[classBroker],
	}, nil
}

// messageWork sends the messages of orders through an exchange and queues of its own.
type messageWork struct {
	bench             *bench
	bodies            map[string][]byte
	orders, delivered atomic.Int64
	consuming         *errgroup.Group
	ctx               context.Context // ends when a consumer fails, or with stop
	stop              context.CancelFunc
}

// newMessageWork consumes already. It is ended with end.
func (b *bench) newMessageWork(ctx context.Context) (*messageWork, error) {
	w := &messageWork{bench: b}
	var err error
	if w.bodies, err = sampleBodies(); err != nil {
		return nil, err
	}
	ctx, w.stop = context.WithCancel(ctx)
	w.consuming, w.ctx = errgroup.WithContext(ctx)
	for _, service := range contracts.Services {
		ready := make(chan struct{})
		w.consuming.Go(func() error { return b.consume(w.ctx, limitQueue(service), ready, &w.delivered) })
		select {
		case <-ready:
		case <-w.ctx.Done():
			return nil, errors.Join(ctx.Err(), w.end())
		}
	}
	return w, nil
}

// run publishes one order after the other, as they are admitted, and returns when everything
// is consumed.
func (w *messageWork) run(admit admission) error {
	var publishing errgroup.Group
	for range publishers {
		publishing.Go(func() error { return w.bench.publish(w.ctx, w.bodies, admit, &w.orders) })
	}
	if err := publishing.Wait(); err != nil {
		return err
	}
	for w.delivered.Load() < w.orders.Load()*deliveries() {
		if err := sleep(w.ctx, tick); err != nil {
			return err
		}
	}
	return nil
}

// end returns why a consumer has failed, if one did.
func (w *messageWork) end() error {
	w.stop()
	return w.consuming.Wait()
}

// deliveries is how many messages arrive somewhere for each completed order.
func deliveries() int64 {
	n := 0
	for _, eventType := range completedOrder {
		route, _ := contracts.RouteOf(eventType)
		n += len(route.Consumers)
	}
	return int64(n)
}
