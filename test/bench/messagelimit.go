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
	bodies, err := sampleBodies()
	if err != nil {
		return limit, err
	}
	before, err := b.system.readCPU()
	if err != nil {
		return limit, err
	}
	var orders, delivered atomic.Int64
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	consuming, consumeCtx := errgroup.WithContext(ctx)
	for _, service := range contracts.Services {
		ready := make(chan struct{})
		consuming.Go(func() error { return b.consume(consumeCtx, limitQueue(service), ready, &delivered) })
		select {
		case <-ready:
		case <-consumeCtx.Done():
			return limit, errors.Join(consuming.Wait(), ctx.Err())
		}
	}
	begin := time.Now()
	var publishing errgroup.Group
	for range publishers {
		publishing.Go(func() error { return b.publish(consumeCtx, bodies, begin.Add(b.plan.Bound), &orders) })
	}
	if err := publishing.Wait(); err != nil {
		cancel()
		return limit, errors.Join(err, consuming.Wait())
	}
	for delivered.Load() < orders.Load()*deliveries() {
		if err := sleep(consumeCtx, tick); err != nil {
			return limit, errors.Join(err, consuming.Wait())
		}
	}
	took := time.Since(begin).Seconds()
	cancel()
	if err := consuming.Wait(); err != nil {
		return limit, err
	}
	n := float64(orders.Load())
	limit = MessageLimit{PerS: n / took, Published: n * float64(len(completedOrder)) / took, Delivered: float64(delivered.Load()) / took}
	limit.CPU, err = b.cost(classBroker, before, int(orders.Load()))
	return limit, err
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
