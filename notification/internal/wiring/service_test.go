package wiring

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/fx"

	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/config"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/fxkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

// others stands for the services around this one.
type others struct {
	publisher *rabbitkit.Publisher
	database  *pgxpool.Pool
	sent      chan string // the ids of messages to customers
}

// provider is a Notifier that tells what it sends.
type provider chan string

func (p provider) Send(_ context.Context, m application.Message) error {
	p <- m.ID
	return nil
}

// start runs the whole service on a database and a broker of its own.
func start(t *testing.T) others {
	c := Config{Common: config.Common{DatabaseURL: pgtest.NewURL(t), AMQPURL: rabbittest.New(t), LogLevel: slog.LevelError}}
	sent := make(chan string, 100)
	var migrated fxkit.Migrated
	app := fx.New(Module(c), // port 0: any that is free
		fx.Decorate(func(application.Notifier) application.Notifier { return provider(sent) }),
		fx.Populate(&migrated))
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
	conn, err := rabbitkit.Dial(t.Context(), c.AMQPURL, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	rabbittest.Receive(t, "the tables are there", migrated)
	return others{publisher: rabbitkit.NewPublisher(conn), database: pgtest.Open(t, c.DatabaseURL), sent: sent}
}

func (o others) publish(t *testing.T, eventID string, data contracts.Data) {
	t.Helper()
	body, err := contracts.Encode(contracts.Message{
		ID: eventID, Source: "/test", Time: time.Now(), Origin: event.Origin{CorrelationID: "request-1"}, Data: data,
	})
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

// delivered counts the notifications that are recorded as delivered.
func (o others) delivered(t *testing.T) (count int) {
	t.Helper()
	err := o.database.QueryRow(t.Context(), `
		SELECT count(*) FROM notifications
		WHERE delivered_at IS NOT NULL AND correlation_id = 'request-1' AND causation_id = event_id`).Scan(&count)
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func TestCustomersAreToldOnceOfEachKindOfEvent(t *testing.T) {
	o := start(t)
	all := []contracts.Data{
		contracts.PaymentProcessed{OrderID: "o-1", CustomerID: "c", Amount: 15000, TransactionID: "t"},
		contracts.OrderConfirmed{OrderID: "o-1", CustomerID: "c", TotalAmount: 15000},
		contracts.PaymentFailed{OrderID: "o-2", CustomerID: "c", Amount: 15000, Reason: "DECLINED"},
		contracts.OrderCancelled{OrderID: "o-2", CustomerID: "c", Reason: "PAYMENT_FAILED"},
		contracts.PaymentRefunded{OrderID: "o-3", CustomerID: "c", Amount: 15000, RefundID: "r"},
	}
	for _, data := range all {
		o.publish(t, "first "+data.EventType(), data)
	}
	sent := map[string]int{}
	for range all {
		sent[rabbittest.Receive(t, "a notification", o.sent)]++
	}
	for _, data := range all {
		o.publish(t, "again "+data.EventType(), data)
		if id := "first " + data.EventType(); sent[id] != 1 {
			t.Errorf("%s was sent %d times", id, sent[id])
		}
	}
	o.publish(t, "last", contracts.OrderConfirmed{OrderID: "o-4", CustomerID: "c", TotalAmount: 1})
	if id := rabbittest.Receive(t, "the last notification", o.sent); id != "last" {
		t.Errorf("%s was sent", id)
	}
	rabbittest.Eventually(t, "all are recorded as delivered", func() bool { return o.delivered(t) == len(all)+1 })
}
