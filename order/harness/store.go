// Package harness is the order service in memory: its use cases and its mapping
// to the wire contract as they ship, over a store that a simulation drives.
package harness

import (
	"context"
	"slices"
	"time"

	"orders.internal/order/internal/adapters/rabbitmq"
	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/simkit"
)

// Store is the service's database: it outlives the processes. It implements
// application.Orders.
type Store struct {
	Outbox *simkit.Outbox

	world    simkit.World
	orders   simkit.Table[domain.OrderID, row]
	journal  journal
	expiries map[domain.OrderID]Expiry
	keys     simkit.Table[keyID, holder]
}

type row struct{ domain.Snapshot }

var _ application.Orders = (*Store)(nil)

// NewStore returns an empty store, without the given protection.
func NewStore(w simkit.World, missing simkit.Protection) *Store {
	return &Store{
		world: w, Outbox: simkit.NewOutbox(w, contracts.ServiceOrder, rabbitmq.ToData, missing), expiries: map[domain.OrderID]Expiry{},
	}
}

// Add implements application.Orders.
func (s *Store) Add(ctx context.Context, o *domain.Order) error {
	return s.world.Call("add order", string(o.Snapshot().ID), func() error { return s.save(ctx, row{}, o) })
}

// UpdateSoon implements application.Orders.
func (s *Store) UpdateSoon(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	return s.Update(ctx, id, change)
}

// Update implements application.Orders. It may run change again, so it always does.
func (s *Store) Update(ctx context.Context, id domain.OrderID, change func(*domain.Order) error) error {
	return s.world.Call("update order", string(id), func() error {
		stored, found := s.orders.Get(id)
		if !found {
			return notFound(id)
		}
		if err := change(domain.Restore(stored.Snapshot)); err != nil {
			return err
		}
		o := domain.Restore(stored.Snapshot)
		if err := change(o); err != nil {
			return err
		}
		return s.save(ctx, stored, o)
	})
}

func (s *Store) save(ctx context.Context, before row, o *domain.Order) error {
	messages, err := s.Outbox.Encoder(ctx, o.Recorded())
	if err != nil {
		return err
	}
	after := row{o.Snapshot()}
	s.orders.Put(after.ID, after)
	s.journal.record(after.Snapshot, o.Observed(), messages)
	if after.Status != before.Status {
		s.world.Note(string(after.ID), "is", string(after.Status))
	}
	return s.Outbox.Insert(messages)
}

// ByID implements application.Orders.
func (s *Store) ByID(_ context.Context, id domain.OrderID) (found *domain.Order, err error) {
	err = s.world.Call("read order", string(id), func() error {
		stored, there := s.orders.Get(id)
		if !there {
			return notFound(id)
		}
		found = domain.Restore(stored.Snapshot)
		return nil
	})
	return found, err
}

// List implements application.Orders.
func (s *Store) List(_ context.Context, f application.Filter) (found []*domain.Order, err error) {
	err = s.world.Call("list orders", f.CustomerID, func() error {
		matching := s.orders.Where(func(r row) bool {
			return (f.CustomerID == "" || r.CustomerID == f.CustomerID) &&
				(f.Status == "" || r.Status == f.Status) &&
				(f.Reason == "" || r.Reason == f.Reason) &&
				(f.CreatedFrom == nil || !r.CreatedAt.Before(*f.CreatedFrom)) &&
				(f.CreatedBefore == nil || r.CreatedAt.Before(*f.CreatedBefore))
		})
		var after *simkit.Position
		if f.After != nil {
			after = &simkit.Position{At: f.After.CreatedAt, ID: string(f.After.ID)}
		}
		place := func(r row) simkit.Position { return simkit.Position{At: r.CreatedAt, ID: string(r.ID)} }
		for _, r := range simkit.Newest(matching, place, after, f.Limit) {
			found = append(found, domain.Restore(r.Snapshot))
		}
		return nil
	})
	return found, err
}

// Overdue implements application.Orders.
func (s *Store) Overdue(_ context.Context, placedBefore time.Time, limit int) (overdue []domain.OrderID, err error) {
	err = s.world.Call("find overdue orders", "", func() error {
		overdue = s.overdue(placedBefore)
		overdue = overdue[:min(limit, len(overdue))]
		return nil
	})
	return overdue, err
}

// overdue returns what is overdue, oldest first.
func (s *Store) overdue(placedBefore time.Time) (ids []domain.OrderID) {
	late := s.orders.Where(func(r row) bool { return r.isOverdue(placedBefore) })
	for _, r := range slices.SortedStableFunc(late, func(a, b row) int { return a.CreatedAt.Compare(b.CreatedAt) }) {
		ids = append(ids, r.ID)
	}
	return ids
}

func (r row) isOverdue(placedBefore time.Time) bool {
	return r.Status == domain.Pending && r.CreatedAt.Before(placedBefore)
}

func notFound(id domain.OrderID) error { return application.NoSuchOrder(id) }
