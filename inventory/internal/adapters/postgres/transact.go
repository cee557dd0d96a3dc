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
	believed bool             // a transaction was sent that decided it by what is known
	messages []outbox.Message // that it made
}

// transact does the operations of one transaction in one round trip, when what they
// decide by is known: it is locked, and verified, with the writes. Otherwise they take
// two: one reads and locks, one writes. A product that many orders want is locked and
// written once for all of them.
func (r *Reservations) transact(ctx context.Context, tx *pgkit.Tx, operations []*operation) ([]error, error) {
	believed, all := r.known.believe(operations)
	if all {
		if d := r.decide(believed, operations); d.isVerified() {
			for _, op := range operations {
				op.believed = true
			}
			believed.expect(tx)
			return d.outcomes, r.save(tx, d)
		}
	}
	locked, err := lock(ctx, tx, operations)
	if err != nil {
		return nil, err
	}
	d := r.decide(locked, operations)
	return d.outcomes, r.save(tx, d)
}

// decision is what the operations of a transaction make of the state that it begins with.
type decision struct {
	before, after state
	orders        []domain.OrderID // of the operations
	messages      []outbox.Message
	outcomes      []error // of the operations
}

func (r *Reservations) decide(before state, operations []*operation) *decision {
	d := &decision{before: before, after: before.clone(), outcomes: make([]error, len(operations))}
	for i, op := range operations {
		d.orders = append(d.orders, op.id)
		op.messages, d.outcomes[i] = r.apply(d.after, op)
		d.messages = append(d.messages, op.messages...)
	}
	return d
}

// isVerified reports whether saving the decision finds out if an order that was believed
// to be new is not: it does by inserting a reservation.
func (d *decision) isVerified() bool {
	for _, id := range d.orders {
		if _, exists := d.after.reservations[id]; !exists {
			return false
		}
	}
	return true
}

// save queues what was decided. It is known from the commit on (OnCommit).
func (r *Reservations) save(tx *pgkit.Tx, d *decision) error {
	r.decided = d
	return save(tx, d.before, d.after, d.messages)
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

// state is what a transaction has locked, or will have. Each operation gets aggregates of its
// own out of it and puts them back when it has succeeded: one that fails leaves
// no trace.
type state struct {
	reservations map[domain.OrderID]domain.ReservationSnapshot
	products     map[domain.ProductID]domain.ProductSnapshot
}

func newState() state {
	return state{
		reservations: map[domain.OrderID]domain.ReservationSnapshot{},
		products:     map[domain.ProductID]domain.ProductSnapshot{},
	}
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
