package harness

import (
	"context"

	"orders.internal/inventory/internal/adapters/rabbitmq"
	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/simkit"
)

// Participant is one process of the service.
type Participant struct {
	handle   rabbitkit.Handler
	setStock *application.SetStock
}

// New returns a process that works on the store, without the given protection.
func New(store *Store, missing simkit.Protection) *Participant {
	now, reservations := store.world.Now, weakened(store, missing)
	return &Participant{
		handle: weakenedHandler(rabbitmq.NewHandler(rabbitmq.UseCases{
			Reserve: application.NewReserveStock(reservations, now),
			Release: application.NewReleaseStock(reservations, now),
			Commit:  application.NewCommitStock(reservations, now),
		}), missing),
		setStock: application.NewSetStock(products{store}, now),
	}
}

// Handle is the handler of the service's queue.
func (p *Participant) Handle(ctx context.Context, m contracts.Message) error { return p.handle(ctx, m) }

// SetStock is what PUT /api/products/{id} does.
func (p *Participant) SetStock(ctx context.Context, product string, available int) error {
	_, err := p.setStock.Do(ctx, domain.ProductID(product), available)
	return err
}
