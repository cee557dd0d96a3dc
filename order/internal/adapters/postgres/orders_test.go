package postgres

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/migrations"
	"orders.internal/order/internal/adapters/porttest"
	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/outbox/outboxtest"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

type fixture struct {
	*Orders
	pool   *pgxpool.Pool
	handed *atomic.Int32
}

func setup(t *testing.T) fixture {
	f := fixture{pool: pgtest.New(t, migrations.Of("order")), handed: &atomic.Int32{}}
	f.Orders = NewOrders(f.pool, encoder(), f.hand)
	return f
}

// hand stands in for the relay.
func (f fixture) hand(m []outbox.Message) { f.handed.Add(int32(len(m))) }

func encoder() outbox.Encoder {
	return outbox.NewEncoder("order", func() time.Time { return porttest.Now }, uuid.NewString, toData)
}

// toData stands in for the messaging adapter's mapping.
func toData(happened event.Event) (contracts.Data, error) {
	switch e := happened.(type) {
	case domain.OrderCreated:
		items := []contracts.Item{{ProductID: e.Items[0].ProductID, Quantity: e.Items[0].Quantity}}
		return contracts.OrderCreated{OrderID: e.Subject(), CustomerID: e.CustomerID, Items: items, TotalAmount: e.Total}, nil
	case domain.OrderConfirmed:
		return contracts.OrderConfirmed{OrderID: e.Subject()}, nil
	}
	return contracts.OrderCancelled{OrderID: happened.Subject()}, nil
}

func (f fixture) add(t *testing.T, o *domain.Order) domain.OrderID {
	t.Helper()
	if err := f.Add(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o.Snapshot().ID
}

func (f fixture) outbox(t *testing.T) []outbox.Message { return outboxtest.Rows(t, f.pool) }

func (f fixture) journal() *Journal { return NewJournal(f.pool, slog.New(slog.DiscardHandler)) }

func TestOrders(t *testing.T) {
	porttest.Run(t, func(t *testing.T) porttest.Store {
		f := setup(t)
		return porttest.Store{Orders: f, Keys: f, Outbox: f.outbox, Journal: f.journal()}
	})
}

func TestRelayIsWokenAfterACommit(t *testing.T) {
	f := setup(t)
	f.add(t, porttest.NewOrder(t, "customer-1", porttest.Now))
	if f.handed.Load() != 1 {
		t.Errorf("the relay was handed %d times", f.handed.Load())
	}
}

func TestMessageCarriesTheOriginOfItsRequest(t *testing.T) {
	f := setup(t)
	ctx := event.WithOrigin(t.Context(), event.Origin{CorrelationID: "c-1", CausationID: "e-0", Traceparent: "tp", Tracestate: "ts"})
	if err := f.Add(ctx, porttest.NewOrder(t, "customer-1", porttest.Now)); err != nil {
		t.Fatal(err)
	}
	m, err := contracts.Decode(f.outbox(t)[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := (event.Origin{CorrelationID: "c-1", CausationID: "e-0", Traceparent: "tp", Tracestate: "ts"}); m.Origin != want {
		t.Errorf("origin = %+v, want %+v", m.Origin, want)
	}
	if m.Source != "/order" || !m.Time.Equal(porttest.Now) {
		t.Errorf("source %s, time %s", m.Source, m.Time)
	}
}

func TestOnlyOneOfManyConcurrentEndsWins(t *testing.T) {
	f := setup(t)
	id := f.add(t, porttest.NewOrder(t, "customer-1", porttest.Now))
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			err := f.Update(context.WithoutCancel(t.Context()), id, func(o *domain.Order) error {
				if i%2 == 0 {
					o.Confirm(porttest.Now)
				} else {
					o.Cancel(domain.TimedOut, "", porttest.Now)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := f.outbox(t); len(got) != 2 {
		t.Errorf("outbox = %v, want OrderCreated and one end", got)
	}
}

func TestUnreachableDatabaseIsUnavailable(t *testing.T) {
	pool := pgtest.Open(t, "postgres://127.0.0.1:1/none?connect_timeout=1")
	orders := NewOrders(pool, nil, func([]outbox.Message) {})
	if _, err := orders.ByID(t.Context(), domain.OrderID(uuid.NewString())); !errs.Is(err, errs.Unavailable) {
		t.Errorf("ByID: %v", err)
	}
	if _, err := orders.List(t.Context(), application.Filter{Limit: 1}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("List: %v", err)
	}
	if err := orders.Add(t.Context(), porttest.NewOrder(t, "c", porttest.Now)); !errs.Is(err, errs.Unavailable) {
		t.Errorf("Add: %v", err)
	}
}
