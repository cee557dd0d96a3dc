package postgres

import (
	"context"
	"maps"
	"slices"

	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
)

// operation is one call that shares a transaction.
type operation struct {
	ctx      context.Context // the call's, for the origin of its events
	id       domain.OrderID
	products []domain.ProductID
	change   func(*domain.Reservation, domain.Shelf) error
	messages []outbox.Message // that it made
}

// transact does the operations of one transaction in two round trips: one reads
// and locks, one writes. A product that many orders want is locked and written
// once for all of them.
func (r *Reservations) transact(ctx context.Context, tx *pgkit.Tx, operations []*operation) ([]error, error) {
	stored, err := lock(ctx, tx, operations)
	if err != nil {
		return nil, err
	}
	current := stored.clone()
	var messages []outbox.Message
	outcomes := make([]error, len(operations))
	for i, op := range operations {
		op.messages, outcomes[i] = r.apply(current, op)
		messages = append(messages, op.messages...)
	}
	return outcomes, save(tx, stored, current, messages)
}

// apply returns the events of one operation. It sees what those before it in
// the transaction made of its order and products.
func (r *Reservations) apply(s state, op *operation) ([]outbox.Message, error) {
	reservation := s.reservation(op.id)
	products := s.stock(slices.Concat(op.products, reservation.Products()))
	before := reservation.Status()
	if err := op.change(reservation, domain.NewShelf(products...)); err != nil {
		return nil, err
	}
	if reservation.Status() == before {
		return nil, nil // late or doubled news
	}
	messages, err := r.encode(op.ctx, reservation.Recorded())
	if err != nil {
		return nil, err
	}
	s.put(reservation, products)
	return messages, nil
}

// state is what a transaction has locked. Each operation gets aggregates of its
// own out of it and puts them back when it has succeeded: one that fails leaves
// no trace.
type state struct {
	reservations map[domain.OrderID]domain.ReservationSnapshot
	products     map[domain.ProductID]domain.ProductSnapshot
}

func (s state) clone() state {
	return state{reservations: maps.Clone(s.reservations), products: maps.Clone(s.products)}
}

func (s state) reservation(id domain.OrderID) *domain.Reservation {
	if known, exists := s.reservations[id]; exists {
		return domain.RestoreReservation(known)
	}
	return domain.NewReservation(id)
}

// stock returns the products, each once, as far as they exist.
func (s state) stock(ids []domain.ProductID) []*domain.Product {
	slices.Sort(ids)
	var products []*domain.Product
	for _, id := range slices.Compact(ids) {
		if known, exists := s.products[id]; exists {
			products = append(products, domain.RestoreProduct(known))
		}
	}
	return products
}

func (s state) put(r *domain.Reservation, products []*domain.Product) {
	reservation := r.Snapshot()
	s.reservations[reservation.OrderID] = reservation
	for _, p := range products {
		product := p.Snapshot()
		s.products[product.ID] = product
	}
}
