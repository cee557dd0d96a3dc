package postgres

import (
	"context"
	"sync/atomic"
	"testing"

	"orders.internal/inventory/internal/adapters/porttest"
	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/outbox/outboxtest"
)

// inTurn gives the calls to two replicas, so that each is wrong about what the other
// has done since.
type inTurn struct {
	*Reservations
	other *Reservations
	calls *atomic.Int32
}

func (r inTurn) Update(ctx context.Context, id domain.OrderID, products []domain.ProductID, change func(*domain.Reservation, domain.Shelf) error) error {
	if r.calls.Add(1)%2 == 0 {
		return r.other.Update(ctx, id, products, change)
	}
	return r.Reservations.Update(ctx, id, products, change)
}

func TestReservationsAndProductsThatAreBelieved(t *testing.T) {
	for name, on := range map[string]func(fixture, *testing.T) application.Reservations{
		"in one process": func(f fixture, _ *testing.T) application.Reservations { return f.Reservations },
		"in two": func(f fixture, t *testing.T) application.Reservations {
			return inTurn{f.Reservations, f.on(f.replica()).trusting(t).Reservations, &atomic.Int32{}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			porttest.Run(t, func(t *testing.T) porttest.Stores {
				f := setup(t).trusting(t)
				return porttest.Stores{
					Reservations: on(f, t), Products: f.products,
					Outbox: func(t *testing.T) []outbox.Message { return outboxtest.Rows(t, f.pool) },
				}
			})
		})
	}
}
