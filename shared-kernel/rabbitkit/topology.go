package rabbitkit

import (
	"context"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
)

// The exchanges, and the queue that keeps what has no binding.
const (
	EventsExchange     = "events"
	DeadExchange       = "events.dead"
	UnroutableExchange = "events.unroutable"
	UnroutableQueue    = "events.unroutable"
)

// EventsQueue is the queue from which a service consumes.
func EventsQueue(service string) string { return service + ".events" }

// DeadQueue keeps what a service could not handle. It is also the routing key
// under which DeadExchange leads there.
func DeadQueue(service string) string { return service + ".dead" }

// deliveryLimit is high because closing a channel counts as one delivery of
// everything unacknowledged on it. Tries of a handler are counted here instead.
const deliveryLimit = 100

// keepLimit stands for "for ever": RabbitMQ 4 drops a message of a quorum queue
// after 20 deliveries unless told otherwise, and 3.x refuses -1.
const keepLimit = 1_000_000_000

// declareTimeout is for all of a topology; RabbitMQ needs about a second when
// nothing is there yet.
const declareTimeout = 30 * time.Second

// Topology is what has to exist on the broker. All of it is durable.
type Topology struct {
	Exchanges []Exchange
	Queues    []Queue // quorum queues
	Bindings  []Binding
}

// Exchange is a durable exchange.
type Exchange struct {
	Name, Kind string
	Args       map[string]any
}

// Queue is a quorum queue.
type Queue struct {
	Name string
	Args map[string]any // besides x-queue-type
}

// Binding leads from an exchange to a queue.
type Binding struct{ Exchange, Key, Queue string }

// SagaTopology is the whole wire contract: the exchanges, every service's
// queues and every binding, whoever runs.
func SagaTopology() Topology {
	t := Topology{
		Exchanges: []Exchange{
			{Name: UnroutableExchange, Kind: amqp.ExchangeFanout},
			{Name: DeadExchange, Kind: amqp.ExchangeDirect},
			// An alternate exchange instead of mandatory publishing: returned
			// messages race their confirms and get lost around a reconnect.
			{Name: EventsExchange, Kind: amqp.ExchangeTopic, Args: map[string]any{"alternate-exchange": UnroutableExchange}},
		},
		Queues:   []Queue{kept(UnroutableQueue)},
		Bindings: []Binding{{Exchange: UnroutableExchange, Queue: UnroutableQueue}},
	}
	for _, service := range contracts.Services {
		t.Queues = append(t.Queues, kept(DeadQueue(service)), consumed(service))
		t.Bindings = append(t.Bindings, Binding{DeadExchange, DeadQueue(service), DeadQueue(service)})
	}
	for _, route := range contracts.Routes {
		for _, service := range route.Consumers {
			t.Bindings = append(t.Bindings, Binding{EventsExchange, route.Key, EventsQueue(service)})
		}
	}
	return t
}

// kept is a queue for people to look into.
func kept(name string) Queue {
	return Queue{Name: name, Args: map[string]any{"x-delivery-limit": keepLimit}}
}

// consumed is a service's queue. At-least-once dead lettering needs
// reject-publish, else the broker falls back to at-most-once without a word
// (https://www.rabbitmq.com/docs/quorum-queues#activating-at-least-once-dead-lettering).
func consumed(service string) Queue {
	return Queue{Name: EventsQueue(service), Args: map[string]any{
		"x-delivery-limit":          deliveryLimit,
		"x-dead-letter-exchange":    DeadExchange,
		"x-dead-letter-routing-key": DeadQueue(service),
		"x-dead-letter-strategy":    "at-least-once",
		"x-overflow":                "reject-publish",
	}}
}

// Declare makes sure that all of t exists on the broker at url. What is there
// already stays as it is; something of the same name with other arguments is an
// error. It uses a short-lived connection of its own, which ctx cuts.
func (t Topology) Declare(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, declareTimeout)
	defer cancel()
	if err := onChannel(ctx, url, t.declare); err != nil {
		return fmt.Errorf("declare topology: %w", err)
	}
	return nil
}

func (t Topology) declare(channel *amqp.Channel) error {
	for _, e := range t.Exchanges {
		if err := channel.ExchangeDeclare(e.Name, e.Kind, true, false, false, false, e.Args); err != nil {
			return fmt.Errorf("exchange %s: %w", e.Name, err)
		}
	}
	for _, q := range t.Queues {
		args := amqp.Table{"x-queue-type": "quorum"}
		for name, value := range q.Args {
			args[name] = value
		}
		if _, err := channel.QueueDeclare(q.Name, true, false, false, false, args); err != nil {
			return fmt.Errorf("queue %s: %w", q.Name, err)
		}
	}
	for _, b := range t.Bindings {
		if err := channel.QueueBind(b.Queue, b.Key, b.Exchange, false, nil); err != nil {
			return fmt.Errorf("bind %s to %s of %s: %w", b.Queue, b.Key, b.Exchange, err)
		}
	}
	return nil
}
