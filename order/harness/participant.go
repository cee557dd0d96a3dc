package harness

import (
	"context"
	"time"

	"orders.internal/order/internal/adapters/rabbitmq"
	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/money"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/simkit"
)

// SagaTimeout is how long an order may be pending.
const SagaTimeout = time.Minute

// Participant is one process of the service.
type Participant struct {
	expiry *expiry
	place  *application.PlaceOrder
	cancel *application.CancelOrder
	handle rabbitkit.Handler
}

// New returns a process that begins to work on the store now.
func New(store *Store, missing simkit.Protection) *Participant {
	now, orders := store.world.Now, weakened(store, missing)
	pace := application.NewPace(0, now, func(bool) {}) // time passes in leaps here
	newID := func() domain.OrderID { return domain.OrderID(store.world.NewID("order")) }
	return &Participant{
		place:  application.NewPlaceOrder(orders, neverFull{}, pace, newID, now),
		cancel: application.NewCancelOrder(orders, pace, now),
		expiry: newExpiry(store, orders, missing),
		handle: rabbitmq.NewHandler(rabbitmq.UseCases{
			Confirm: application.NewConfirmOrder(orders, pace, now),
			Fail:    application.NewFailOrder(orders, pace, now),
			Refund:  application.NewRecordRefund(orders, now),
			Observe: application.NewObserveEvent(orders),
		}),
	}
}

type neverFull struct{}

func (neverFull) Full() bool { return false }

// Placement is what a customer asks for.
type Placement struct {
	CustomerID string
	Items      []contracts.Item
	Total      money.Amount
}

// Place is what POST /api/orders does; it returns the order's id.
func (p *Participant) Place(ctx context.Context, wanted Placement) (id string, err error) {
	items := make([]domain.Item, len(wanted.Items))
	for i, item := range wanted.Items {
		items[i] = domain.Item(item)
	}
	o, err := p.place.Do(ctx, domain.Placement{CustomerID: wanted.CustomerID, Items: items, Total: wanted.Total})
	if err != nil {
		return "", err
	}
	return string(o.Snapshot().ID), nil
}

// Cancel is what POST /api/orders/{id}/cancel does.
func (p *Participant) Cancel(ctx context.Context, id string) error {
	_, err := p.cancel.Do(ctx, domain.OrderID(id), "")
	return err
}

// Handle is the handler of the service's queue.
func (p *Participant) Handle(ctx context.Context, m contracts.Message) error { return p.handle(ctx, m) }

// Due reports whether the monitor would find an overdue order now.
func (p *Participant) Due() bool { return p.expiry.due() }

// Work is one look of the monitor.
func (p *Participant) Work(ctx context.Context) error { return p.expiry.look(ctx) }
