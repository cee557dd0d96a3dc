package deadkit

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestMain(m *testing.M) { os.Exit(rabbittest.Run(m)) }

// table is what each service's migrations make.
var table = fstest.MapFS{"00001_dead_letters.sql": {Data: []byte(`-- +goose Up
CREATE TABLE dead_letter_actions (
    id                   text        COLLATE "C" PRIMARY KEY,
    action               text        NOT NULL CHECK (action IN ('replay', 'discard')),
    operator             text        NOT NULL,
    letter_id            text        COLLATE "C" NOT NULL,
    message_id           text        NOT NULL,
    type                 text        NOT NULL,
    order_id             text        COLLATE "C" NOT NULL,
    reason               text        NOT NULL,
    original_routing_key text        NOT NULL,
    outcome              text        NOT NULL CHECK (outcome IN ('requested', 'done', 'failed')),
    detail               text        NOT NULL,
    requested_at         timestamptz NOT NULL,
    finished_at          timestamptz CHECK ((finished_at IS NULL) = (outcome = 'requested'))
);
`)}}

const (
	service     = contracts.ServiceInventory
	eventsQueue = service + ".events"
	deadQueue   = service + ".dead"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// office is a Keeper with a broker and a database of its own, and no consumer
// that would take away what is replayed.
type office struct {
	*Keeper
	url       string
	database  *pgxpool.Pool
	channel   *amqp.Channel // to look into queues
	publisher *amqp.Channel // on a connection of its own
}

func newOffice(t *testing.T) office {
	t.Helper()
	o := office{url: rabbittest.New(t), database: pgtest.New(t, table)}
	if err := rabbitkit.SagaTopology().Declare(t.Context(), o.url); err != nil {
		t.Fatal(err)
	}
	o.channel, o.publisher = open(t, o.url), open(t, o.url)
	if err := o.publisher.Confirm(false); err != nil {
		t.Fatal(err)
	}
	o.Keeper = o.replica(o.database)
	return o
}

// newOfficeWithoutBroker has a database alone: whoever needs the broker finds it
// away.
func newOfficeWithoutBroker(t *testing.T) office {
	t.Helper()
	o := office{url: "amqp://127.0.0.1:1/", database: pgtest.New(t, table)}
	o.Keeper = o.replica(o.database)
	return o
}

func open(t *testing.T, url string) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	channel, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return channel
}

// send publishes each message exactly once, as rabbitkit's publisher can't while
// the test of another package has the broker block publishers: it would publish
// again what was not confirmed in time.
func (o office) send(ctx context.Context, batch []rabbitkit.Message) []error {
	confirms, results := make([]*amqp.DeferredConfirmation, len(batch)), make([]error, len(batch))
	for i, m := range batch {
		confirms[i], results[i] = o.publisher.PublishWithDeferredConfirmWithContext(ctx, m.Exchange, m.RoutingKey, false, false, amqp.Publishing{
			DeliveryMode: amqp.Persistent, ContentType: m.ContentType, MessageId: m.ID, Type: m.Type, CorrelationId: m.CorrelationID,
			Timestamp: m.Timestamp, Headers: m.Headers, Body: m.Body,
		})
	}
	for i, confirm := range confirms {
		if results[i] == nil {
			_, results[i] = confirm.WaitContext(ctx)
		}
	}
	return results
}

var ids atomic.Int64

// replica returns one more Keeper of the same messages.
func (o office) replica(pool *pgxpool.Pool) *Keeper {
	return New(Config{
		Service: service, BrokerURL: o.url, Publish: o.send, Pool: pool,
		Now:   func() time.Time { return noon },
		NewID: func() string { return fmt.Sprintf("action-%06d", ids.Add(1)) },
		Log:   slog.New(slog.DiscardHandler),
	})
}

// bury puts messages into the dead queue. They need no exchange and no key.
func (o office) bury(t *testing.T, batch ...rabbitkit.Message) {
	t.Helper()
	for i := range batch {
		batch[i].Exchange, batch[i].RoutingKey = rabbitkit.DeadExchange, deadQueue
	}
	for i, err := range o.send(t.Context(), batch) {
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
}

// dead is a dead letter about an order.
func dead(reason, orderID string) rabbitkit.Message {
	return rabbitkit.Message{
		ID: "event-of-" + orderID, Type: contracts.TypeOrderConfirmed, CorrelationID: orderID, Timestamp: noon,
		Body: fmt.Appendf(nil, `{"type":"OrderConfirmed","subject":%q}`, orderID),
		Headers: map[string]any{
			rabbitkit.HeaderReason: reason, rabbitkit.HeaderDetail: "why", rabbitkit.HeaderOriginalRoutingKey: "order.confirmed",
		},
	}
}

// several are dead letters about orders of which each is a second older.
func several(reason string, count int) (batch []rabbitkit.Message) {
	for i := range count {
		m := dead(reason, fmt.Sprintf("%s-%04d", reason, i))
		m.Timestamp = noon.Add(time.Duration(-i) * time.Second)
		batch = append(batch, m)
	}
	return batch
}

func (o office) expectDepth(t *testing.T, queue string, want int) {
	t.Helper()
	state, err := o.channel.QueueDeclarePassive(queue, true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if state.Messages != want {
		t.Errorf("%d messages in %s, want %d", state.Messages, queue, want)
	}
}

// get takes the next message out of a queue.
func (o office) get(t *testing.T, queue string) amqp.Delivery {
	t.Helper()
	d, there, err := o.channel.Get(queue, true)
	if err != nil || !there {
		t.Fatalf("a message in %s: %v, %v", queue, there, err)
	}
	return d
}

func (o office) list(t *testing.T) []Letter {
	t.Helper()
	all, err := o.List(t.Context(), Filter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// only returns the one letter that waits.
func (o office) only(t *testing.T) Letter {
	t.Helper()
	all := o.list(t)
	if len(all) != 1 {
		t.Fatalf("%d letters wait: %+v", len(all), all)
	}
	return all[0]
}

// recorded are the outcomes of all actions, oldest first.
func (o office) recorded(t *testing.T) (outcomes []Outcome) {
	t.Helper()
	all, err := o.Actions(t.Context(), ActionFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		outcomes = append(outcomes, all[len(all)-1-i].Outcome)
	}
	return outcomes
}
