package postgres

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/migrations"
	"orders.internal/payment/internal/adapters/porttest"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/outbox/outboxtest"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// fixture is the repository on a new database.
type fixture struct {
	*Payments
	pool   *pgxpool.Pool
	handed *atomic.Int32 // how many events the relay was given
	settle *atomic.Int32 // how often the worker was told of a due payment
}

func setup(t *testing.T) fixture { return on(t, pgtest.New(t, migrations.Of("payment"))) }

// on returns the repository on a database whose two tables agree when the test has ended.
func on(t *testing.T, pool *pgxpool.Pool) fixture {
	f := fixture{pool: pool, handed: &atomic.Int32{}, settle: &atomic.Int32{}}
	encode := outbox.NewEncoder("payment", func() time.Time { return porttest.Now }, uuid.NewString, toData)
	f.Payments = NewPayments(pool, encode, f.hand, f.raise)
	t.Cleanup(func() { f.wantInStep(t) })
	return f
}

// hand stands in for the relay, raise for the worker's signal.
func (f fixture) hand(m []outbox.Message) { f.handed.Add(int32(len(m))) }
func (f fixture) raise()                  { f.settle.Add(1) }

// toData stands in for the messaging adapter's mapping.
func toData(happened event.Event) (contracts.Data, error) {
	switch e := happened.(type) {
	case domain.PaymentProcessed:
		return contracts.PaymentProcessed{OrderID: e.Subject()}, nil
	case domain.PaymentFailed:
		return contracts.PaymentFailed{OrderID: e.Subject()}, nil
	case domain.PaymentRefunded:
		return contracts.PaymentRefunded{OrderID: e.Subject()}, nil
	}
	return nil, fmt.Errorf("unexpected %T", happened)
}

// store is what the contract tests see of the fixture.
func (f fixture) store() porttest.Store {
	return porttest.Store{Payments: f, Outbox: func(t *testing.T) []outbox.Message { return outboxtest.Rows(t, f.pool) }}
}
