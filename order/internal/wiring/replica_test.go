package wiring

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/migrations"
	"orders.internal/order/internal/adapters/postgres"
	"orders.internal/order/internal/adapters/rabbitmq"
	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// replica is the part of a process that takes orders and follows them.
type replica struct {
	place  *application.PlaceOrder
	cancel *application.CancelOrder
	orders application.Orders
	feed   application.Feed
	follow *application.FollowOrders
	reads  *reads
	stop   func()
}

// reads counts the statements that read, by what they are about, and the rows.
type reads struct{ orders, journal, rows atomic.Int64 }

func (r *reads) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	switch {
	case strings.Contains(q.SQL, "FROM timeline"):
		r.journal.Add(1)
	case strings.Contains(q.SQL, "FROM orders WHERE id = $1"):
		r.orders.Add(1)
	}
	return ctx
}

func (r *reads) TraceQueryEnd(_ context.Context, _ *pgx.Conn, q pgx.TraceQueryEndData) {
	r.rows.Add(q.CommandTag.RowsAffected())
}

func newDatabase(t *testing.T) (url string) {
	t.Helper()
	url = pgtest.NewURL(t)
	if err := pgkit.Migrate(t.Context(), pgtest.Open(t, url), service, migrations.Of(service), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return url
}

// newReplica starts a process. It runs until the test's end or its stop.
func newReplica(t *testing.T, url string) replica {
	t.Helper()
	counts := &reads{}
	pool := pgtest.Like(t, pgtest.Open(t, url), func(c *pgxpool.Config) { c.ConnConfig.Tracer = counts })
	quiet := slog.New(slog.DiscardHandler)
	journal := postgres.NewJournal(pool, quiet)
	hub := newHub(journal, prometheus.NewRegistry(), quiet)
	orders := postgres.NewOrders(pool, outbox.NewEncoder(service, time.Now, uuid.NewString, rabbitmq.ToData), func([]outbox.Message) { hub.Wake() })
	newID := func() domain.OrderID { return domain.OrderID(uuid.NewString()) }
	pace := application.NewPace(0, time.Now, func(bool) {})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { hub.Run(ctx) })
	r := replica{
		place: application.NewPlaceOrder(orders, room{}, pace, newID, time.Now), cancel: application.NewCancelOrder(orders, pace, time.Now),
		orders: orders, feed: hub, follow: application.NewFollowOrders(journal, hub), reads: counts,
		stop: func() {
			cancel()
			running.Wait()
		},
	}
	t.Cleanup(r.stop)
	return r
}

type room struct{}

func (room) Full() bool { return false }

// order places an order.
func (r replica) order(t *testing.T, customer string) domain.OrderID {
	o, err := r.place.Do(t.Context(), domain.Placement{
		CustomerID: customer, Items: []domain.Item{{ProductID: "product-A", Quantity: 1}}, Total: 100,
	})
	if err != nil {
		t.Error(err)
		return ""
	}
	return o.Snapshot().ID
}
