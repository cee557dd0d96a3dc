package harness

import (
	"context"
	"errors"
	"time"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/simkit"
)

// lookEvery is how often a process looks for overdue orders.
const lookEvery = 5 * time.Second

// expiry is the part of a process that cancels overdue orders.
type expiry struct {
	store     *Store
	use       *application.ExpireOrders
	startedAt time.Time
	since     time.Time // what the use case is told: startedAt
	lookedAt  time.Time
}

func newExpiry(store *Store, orders application.Orders, missing simkit.Protection) *expiry {
	e := &expiry{store: store, startedAt: store.world.Now()}
	e.use = application.NewExpireOrders(watched{orders, e}, SagaTimeout, store.world.Now)
	if missing != simkit.OwnAbsence {
		e.since = e.startedAt
	}
	return e
}

// due: whether this process may cancel what is overdue is for the use case to
// say.
func (e *expiry) due() bool {
	now := e.store.world.Now()
	return now.Sub(e.lookedAt) >= lookEvery && len(e.store.overdue(now.Add(-SagaTimeout))) > 0
}

func (e *expiry) look(ctx context.Context) error {
	e.lookedAt = e.store.world.Now()
	expired, err := e.use.Do(ctx, application.Worked(e.since, e.lookedAt), inTurn)
	return errors.Join(append(expired.Failed, err)...)
}

// inTurn makes one call after the other: the simulation decides what happens at the same time.
func inTurn(n int, do func(i int)) {
	for i := range n {
		do(i)
	}
}

// Expiry is what came before an order was cancelled for taking too long.
type Expiry struct {
	Pending time.Duration // how long it was
	Running time.Duration // how long the process that cancelled it was
}

// watched keeps what came before each expiry.
type watched struct {
	application.Orders
	expiry *expiry
}

func (w watched) Update(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	return w.Orders.Update(ctx, id, func(o *domain.Order) error {
		before := o.Snapshot()
		if err := change(o); err != nil {
			return err
		}
		if before.Status == domain.Pending && o.Snapshot().Status == domain.Cancelled {
			now := w.expiry.store.world.Now()
			w.expiry.store.expiries[id] = Expiry{Pending: now.Sub(before.CreatedAt), Running: now.Sub(w.expiry.startedAt)}
		}
		return nil
	})
}
