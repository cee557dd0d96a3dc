package harness

import (
	"context"
	"slices"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/rabbitkit"
	"orders.internal/shared-kernel/simkit"
)

// weakened returns the store without the given protection.
func weakened(s *Store, missing simkit.Protection) application.Reservations {
	switch missing {
	case simkit.InventoryTombstone:
		return forgetful{reservations{s}}
	case simkit.ReservationOnce:
		return recreating{reservations{s}}
	}
	return reservations{s}
}

// forgetful keeps no tombstones: released reservations of nothing.
type forgetful struct{ reservations }

func (s forgetful) Update(ctx context.Context, id domain.OrderID, products []domain.ProductID,
	change func(*domain.Reservation, domain.Shelf) error) error {
	err := s.reservations.Update(ctx, id, products, change)
	if stored, _ := s.reservationRows.Get(id); stored.Status == domain.Released && len(stored.Items) == 0 {
		s.reservationRows.Delete(id)
	}
	return err
}

// recreating begins anew whenever an order is to be reserved, which is when
// products are given.
type recreating struct{ reservations }

func (s recreating) Update(ctx context.Context, id domain.OrderID, products []domain.ProductID,
	change func(*domain.Reservation, domain.Shelf) error) error {
	if len(products) > 0 {
		s.reservationRows.Delete(id)
	}
	return s.reservations.Update(ctx, id, products, change)
}

// announced returns the messages without the given protection.
func announced(messages []outbox.Message, missing simkit.Protection) []outbox.Message {
	if missing != simkit.ReleaseAnnounced {
		return messages
	}
	return slices.DeleteFunc(messages, func(m outbox.Message) bool { return m.Type == contracts.TypeInventoryReleased })
}

// weakenedHandler returns the handler without the given protection.
func weakenedHandler(handle rabbitkit.Handler, missing simkit.Protection) rabbitkit.Handler {
	if missing != simkit.WholeOrder {
		return handle
	}
	return func(ctx context.Context, m contracts.Message) error {
		if order, created := m.Data.(contracts.OrderCreated); created {
			order.Items = order.Items[:1]
			m.Data = order
		}
		return handle(ctx, m)
	}
}
