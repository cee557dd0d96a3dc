package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit"
)

var table = fstest.MapFS{"00001_outbox.sql": {Data: []byte(`-- +goose Up
CREATE TABLE outbox (
    event_id       text COLLATE "C" PRIMARY KEY,
    type           text NOT NULL,
    routing_key    text NOT NULL,
    subject        text NOT NULL,
    correlation_id text NOT NULL,
    causation_id   text NOT NULL,
    traceparent    text NOT NULL,
    tracestate     text NOT NULL,
    occurred_at    timestamptz NOT NULL,
    body           bytea NOT NULL
);
CREATE TYPE outbox_message AS (
    event_id       text,
    type           text,
    routing_key    text,
    subject        text,
    correlation_id text,
    causation_id   text,
    traceparent    text,
    tracestate     text,
    occurred_at    timestamptz,
    body           bytea
);
`)}}

// broker is a Publisher that remembers what it confirmed.
type broker struct {
	mu        sync.Mutex
	confirmed map[string]int
	refuse    func(rabbitkit.Message) error
	got       chan rabbitkit.Message
	largest   int // batch so far
}

func newBroker() *broker {
	return &broker{confirmed: map[string]int{}, got: make(chan rabbitkit.Message, 10_000)}
}

func (b *broker) Publish(_ context.Context, batch []rabbitkit.Message) []error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.largest = max(b.largest, len(batch))
	results := make([]error, len(batch))
	for i, m := range batch {
		if b.refuse != nil {
			results[i] = b.refuse(m)
		}
		if results[i] == nil {
			b.confirmed[m.ID]++
			b.got <- m
		}
	}
	return results
}

func (b *broker) refuseWith(refuse func(rabbitkit.Message) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = refuse
}

// expect waits for the next message that was confirmed.
func (b *broker) expect(t *testing.T, id string) {
	t.Helper()
	if m := <-b.got; m.ID != id {
		t.Errorf("published %s, want %s", m.ID, id)
	}
}

var quiet = slog.New(slog.DiscardHandler)

func insert(t *testing.T, pool *pgxpool.Pool, ids ...string) []Message {
	t.Helper()
	messages := make([]Message, len(ids))
	for i, id := range ids {
		messages[i] = Message{
			EventID: id, Type: "OrderCreated", RoutingKey: "order.created", Subject: "o-1", OccurredAt: time.Now(),
			Origin: event.Origin{CorrelationID: "c-1", Traceparent: "tp"}, Body: []byte("{}"),
		}
	}
	err := pgkit.InTx(t.Context(), pool, func(_ context.Context, tx *pgkit.Tx) error {
		Queue(tx, messages)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

func ids(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("e-%04d", i)
	}
	return all
}

func rowsLeft(t *testing.T, pool *pgxpool.Pool) int64 {
	t.Helper()
	b, err := ReadBacklog(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	return b.Rows
}

func start(t *testing.T, r *Relay) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
}

func TestRelayPublishesWhatWasCommitted(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	relay := NewRelay(pool, b, quiet)
	insert(t, pool, "e-1")
	start(t, relay)

	m := <-b.got
	if m.ID != "e-1" || m.Type != "OrderCreated" || m.RoutingKey != "order.created" || m.CorrelationID != "o-1" ||
		m.Exchange != rabbitkit.EventsExchange || m.ContentType != contracts.ContentType || m.Headers["traceparent"] != "tp" {
		t.Errorf("published %+v", m)
	}
	relay.Hand(insert(t, pool, "e-2"))
	b.expect(t, "e-2")
	insert(t, pool, "e-3") // another process's, found by the poll
	b.expect(t, "e-3")
}

func TestNothingIsPublishedThatWasRolledBack(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	rollback := errors.New("roll back")
	err := pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
		Queue(tx, []Message{{EventID: "e-1"}})
		return errors.Join(tx.Send(ctx), rollback)
	})
	if !errors.Is(err, rollback) {
		t.Fatal(err)
	}
	if err := NewRelay(pool, b, quiet).Drain(t.Context()); err != nil || len(b.confirmed) != 0 {
		t.Errorf("published %v, %v", b.confirmed, err)
	}
}

func TestManyRelaysShareTheTable(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	insert(t, pool, ids(5*defaultBatch)...)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := NewRelay(pool, b, quiet).Drain(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, id := range ids(5 * defaultBatch) {
		if b.confirmed[id] != 1 {
			t.Fatalf("%s published %d times", id, b.confirmed[id])
		}
	}
	if left := rowsLeft(t, pool); left != 0 {
		t.Errorf("%d rows left", left)
	}
}

func TestOnlyWhatIsConfirmedIsDeleted(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	nack := errors.New("nack")
	b.refuseWith(func(m rabbitkit.Message) error {
		if m.ID == "e-0001" {
			return nack
		}
		return nil
	})
	insert(t, pool, ids(3)...)
	relay := NewRelay(pool, b, quiet)
	if err := relay.catchUp(t.Context()); !errors.Is(err, nack) {
		t.Errorf("err = %v", err)
	}
	if left := rowsLeft(t, pool); left != 1 {
		t.Errorf("%d rows left, want the refused one", left)
	}
	b.refuseWith(nil)
	if err := relay.Drain(t.Context()); err != nil || b.confirmed["e-0001"] != 1 {
		t.Errorf("published %v, %v", b.confirmed, err)
	}
}

func TestRelayOutlastsTheBroker(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	tried := make(chan struct{}, 100)
	b.refuseWith(func(rabbitkit.Message) error {
		tried <- struct{}{}
		return errors.New("no broker")
	})
	insert(t, pool, "e-1")
	start(t, NewRelay(pool, b, quiet))
	<-tried
	<-tried
	b.refuseWith(nil)
	b.expect(t, "e-1")
}

func TestRelayOutlastsTheDatabase(t *testing.T) {
	pool, b := pgtest.New(t, table), newBroker()
	start(t, NewRelay(pool, b, quiet))
	if _, err := pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	insert(t, pool, "e-1")
	b.expect(t, "e-1")
}

func TestMonitorMeasuresTheBacklog(t *testing.T) {
	pool := pgtest.New(t, table)
	insert(t, pool, ids(3)...)
	monitor := NewMonitor(pool, prometheus.NewRegistry(), quiet)
	monitor.sample(t.Context())
	if got := monitor.Rows(); got != 3 {
		t.Errorf("%d rows, want 3", got)
	}
	if err := NewRelay(pool, newBroker(), quiet).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	monitor.sample(t.Context())
	if got := monitor.Rows(); got != 0 {
		t.Errorf("%d rows, want none", got)
	}
}

func TestRowsAreFoundByTheIndex(t *testing.T) {
	pool := pgtest.New(t, table)
	for name, c := range map[string]struct {
		sql  string
		args []any
	}{"count": {countMessages, nil}, "find": {findLeft, []any{time.Now()}}} {
		rows, err := pool.Query(t.Context(), "EXPLAIN "+c.sql, c.args...)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || !strings.Contains(strings.Join(plan, "\n"), "Index Scan using outbox_pkey") {
			t.Errorf("plan to %s:\n%s, %v", name, strings.Join(plan, "\n"), err)
		}
	}
}

func TestEncoderAddsWhatTheContractWants(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	encode := NewEncoder("order", func() time.Time { return at }, func() string { return "e-1" },
		func(e event.Event) (contracts.Data, error) {
			return contracts.OrderConfirmed{OrderID: e.Subject(), CustomerID: "c", TotalAmount: 100}, nil
		})
	origin := event.Origin{CorrelationID: "c-1", CausationID: "e-0"}
	messages, err := encode(event.WithOrigin(t.Context(), origin), []event.Event{happened("o-1")})
	if err != nil || len(messages) != 1 {
		t.Fatalf("%v, %v", messages, err)
	}
	m := messages[0]
	if m.EventID != "e-1" || m.RoutingKey != "order.confirmed" || m.Subject != "o-1" || m.Origin != origin {
		t.Errorf("message = %+v", m)
	}
	wire, err := contracts.Decode(m.Body)
	if err != nil || wire.Source != "/order" || !wire.Time.Equal(at) || wire.Origin != origin {
		t.Errorf("wire = %+v, %v", wire, err)
	}
}

func TestEventThatCantBeEncodedIsReported(t *testing.T) {
	refused := errors.New("no such event")
	encode := NewEncoder("order", time.Now, func() string { return "e-1" },
		func(event.Event) (contracts.Data, error) { return nil, refused })
	if _, err := encode(t.Context(), []event.Event{happened("o-1")}); !errors.Is(err, refused) {
		t.Errorf("err = %v", err)
	}
}

type happened string

func (happened) EventType() string { return "Happened" }
func (h happened) Subject() string { return string(h) }

func TestColumnsOfAMessage(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	m := Message{
		EventID: "event", Type: "type", RoutingKey: "key", Subject: "subject", OccurredAt: at, Body: []byte{1, 255},
		Origin: event.Origin{CorrelationID: "correlation", CausationID: "causation", Traceparent: "parent", Tracestate: "state"},
	}
	pgtest.WantRow(t, pgtest.New(t, table), "outbox_message", pgkit.Rows([]Message{m}, Message.write), map[string]any{
		"event_id": "event", "type": "type", "routing_key": "key", "subject": "subject", "correlation_id": "correlation",
		"causation_id": "causation", "traceparent": "parent", "tracestate": "state", "occurred_at": at, "body": `\x01ff`,
	})
}
