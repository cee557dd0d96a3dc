package wiring

import (
	"context"
	"log/slog"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/fx"

	"orders.internal/shared-kernel/config"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

// others stands for the services around this one: it publishes what the order
// service says, and receives what reaches the order service.
type others struct {
	url       string
	publisher *rabbitkit.Publisher
	received  chan contracts.Message
}

// start runs the whole service on a database and a broker of its own.
func start(t *testing.T) others {
	c := Config{Common: config.Common{DatabaseURL: pgtest.NewURL(t), AMQPURL: rabbittest.New(t), LogLevel: slog.LevelError}}
	app := fx.New(Module(c)) // port 0: any that is free
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
		defer cancel()
		if err := app.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})

	log := slog.New(slog.DiscardHandler)
	conn, err := rabbitkit.Dial(t.Context(), c.AMQPURL, "test", log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	o := others{url: c.AMQPURL, publisher: rabbitkit.NewPublisher(conn), received: make(chan contracts.Message, 100)}
	consumer := rabbitkit.NewConsumer(conn, o.publisher, rabbitkit.ConsumerConfig{Service: contracts.ServiceOrder, Log: log},
		func(_ context.Context, m contracts.Message) error {
			o.received <- m
			return nil
		})
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- consumer.Run(running) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return o
}

var origin = event.Origin{CorrelationID: "request-1", Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Tracestate: "a=b"}

func (o others) publish(t *testing.T, eventID string, data contracts.Data) {
	t.Helper()
	body, err := contracts.Encode(contracts.Message{ID: eventID, Source: "/order", Time: time.Now(), Origin: origin, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	route, _ := contracts.RouteOf(data.EventType())
	m := rabbitkit.Message{Exchange: rabbitkit.EventsExchange, RoutingKey: route.Key, Body: body}
	// Not at the first try while another test has the broker block publishers.
	rabbittest.Eventually(t, eventID+" is published", func() bool {
		return o.publisher.Publish(t.Context(), []rabbitkit.Message{m})[0] == nil
	})
}

// deadLetter returns the reason for which the service gave a message up.
func (o others) deadLetter(t *testing.T) (reason any) {
	t.Helper()
	conn, err := amqp.Dial(o.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	channel, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	rabbittest.Eventually(t, "a dead letter", func() bool {
		letter, found, err := channel.Get(rabbitkit.DeadQueue(service), true)
		if err != nil {
			t.Fatal(err)
		}
		reason = letter.Headers["x-reason"]
		return found
	})
	return reason
}

func TestServiceTakesPartInTheSaga(t *testing.T) {
	o := start(t)
	items := []contracts.Item{{ProductID: "product-A", Quantity: 2}}
	created := contracts.OrderCreated{OrderID: "o-1", CustomerID: "c", Items: items, TotalAmount: 15000, PaymentMethod: "sim_success"}

	o.publish(t, "created", created)
	m := rabbittest.Receive(t, "InventoryReserved", o.received)
	want := origin
	want.CausationID = "created"
	if reserved, ok := m.Data.(contracts.InventoryReserved); !ok || reserved.TotalAmount != 15000 || m.Origin != want || m.Source != "/inventory" {
		t.Errorf("received %+v", m)
	}

	o.publish(t, "cancelled", contracts.OrderCancelled{OrderID: "o-1", CustomerID: "c", Reason: "TIMEOUT"})
	m = rabbittest.Receive(t, "InventoryReleased", o.received)
	if _, ok := m.Data.(contracts.InventoryReleased); !ok || m.Origin.CausationID != "cancelled" {
		t.Errorf("received %+v", m)
	}

	o.publish(t, "short", contracts.OrderCreated{
		OrderID: "o-2", CustomerID: "c", Items: []contracts.Item{{ProductID: "product-C", Quantity: 1}}, TotalAmount: 100,
	})
	m = rabbittest.Receive(t, "InventoryUnavailable", o.received)
	if data, ok := m.Data.(contracts.InventoryUnavailable); !ok || len(data.Shortages) != 1 || data.Shortages[0].Requested != 1 {
		t.Errorf("received %+v", m)
	}

	o.publish(t, "contradiction", contracts.OrderConfirmed{OrderID: "o-1", CustomerID: "c", TotalAmount: 100})
	if reason := o.deadLetter(t); reason != "contradiction" {
		t.Errorf("the dead letter's reason is %v", reason)
	}
}
