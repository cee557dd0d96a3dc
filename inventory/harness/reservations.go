package harness

import (
	"context"
	"slices"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/simkit"
)

// reservations implements application.Reservations.
type reservations struct{ *Store }

var _ application.Reservations = reservations{}

// Update implements application.Reservations. It may run change again, so it
// always does.
func (s reservations) Update(ctx context.Context, id domain.OrderID, products []domain.ProductID,
	change func(*domain.Reservation, domain.Shelf) error) error {
	return s.world.Call("update reservation", string(id), func() error {
		if err := change(s.load(id, products)); err != nil {
			return err
		}
		reservation, shelf, stock := s.lock(id, products)
		if err := change(reservation, shelf); err != nil {
			return err
		}
		return s.save(ctx, reservation, stock)
	})
}

func (s reservations) load(id domain.OrderID, products []domain.ProductID) (*domain.Reservation, domain.Shelf) {
	reservation, shelf, _ := s.lock(id, products)
	return reservation, shelf
}

// lock returns the reservation and the products: those given and its own.
func (s reservations) lock(id domain.OrderID, products []domain.ProductID) (*domain.Reservation, domain.Shelf, []*domain.Product) {
	reservation := domain.NewReservation(id)
	if stored, found := s.reservationRows.Get(id); found {
		reservation = domain.RestoreReservation(stored)
	}
	var stock []*domain.Product
	for _, id := range slices.Concat(products, reservation.Products()) {
		if stored, found := s.productRows.Get(id); found {
			stock = append(stock, domain.RestoreProduct(stored))
		}
	}
	return reservation, domain.NewShelf(stock...), stock
}

func (s reservations) save(ctx context.Context, r *domain.Reservation, stock []*domain.Product) error {
	messages, err := s.Outbox.Encoder(ctx, r.Recorded())
	if err != nil {
		return err
	}
	after := r.Snapshot()
	before, _ := s.reservationRows.Get(after.OrderID)
	if after.Status == before.Status {
		return nil
	}
	s.reservationRows.Put(after.OrderID, after)
	for _, p := range stock {
		s.productRows.Put(p.Snapshot().ID, p.Snapshot())
	}
	s.world.Note("reservation is", string(after.Status))
	return s.Outbox.Insert(announced(messages, s.missing))
}

// List implements application.Reservations.
func (s reservations) List(_ context.Context, f application.Filter) (found []*domain.Reservation, err error) {
	err = s.world.Call("list reservations", string(f.OrderID), func() error {
		matching := s.reservationRows.Where(func(r domain.ReservationSnapshot) bool {
			return f.OrderID == "" || r.OrderID == f.OrderID
		})
		var after *simkit.Position
		if f.After != nil {
			after = &simkit.Position{At: f.After.CreatedAt, ID: string(f.After.OrderID)}
		}
		place := func(r domain.ReservationSnapshot) simkit.Position {
			return simkit.Position{At: r.CreatedAt, ID: string(r.OrderID)}
		}
		for _, r := range simkit.Newest(matching, place, after, f.Limit) {
			found = append(found, domain.RestoreReservation(r))
		}
		return nil
	})
	return found, err
}
