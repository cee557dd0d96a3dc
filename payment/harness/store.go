// Package harness is the payment service in memory: its use cases and its
// mapping to the wire contract as they ship, over a store and a gateway that a
// simulation drives.
package harness

import (
	"context"
	"slices"
	"time"

	"orders.internal/payment/internal/adapters/rabbitmq"
	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/simkit"
)

// Store is the service's database: it outlives the processes. It implements
// application.Payments.
type Store struct {
	Outbox *simkit.Outbox

	world     simkit.World
	missing   simkit.Protection
	payments  simkit.Table[domain.OrderID, row]
	failures  map[domain.OrderID]int // attempts that failed and were counted
	excessive map[domain.OrderID]bool
}

// row is a payment with what made its next call due.
type row struct {
	domain.Snapshot
	origin event.Origin
}

var _ application.Payments = (*Store)(nil)

// NewStore returns an empty store, without the given protection.
func NewStore(w simkit.World, missing simkit.Protection) *Store {
	return &Store{
		world: w, Outbox: simkit.NewOutbox(w, contracts.ServicePayment, rabbitmq.ToData, missing),
		missing: missing, failures: map[domain.OrderID]int{}, excessive: map[domain.OrderID]bool{},
	}
}

// Update implements application.Payments. It may run change again, so it always
// does.
func (s *Store) Update(ctx context.Context, id domain.OrderID, change func(*domain.Payment) error) error {
	return s.world.Call("update payment", string(id), func() error {
		if err := change(s.load(id)); err != nil {
			return err
		}
		p := s.load(id)
		if err := change(p); err != nil {
			return err
		}
		return s.save(ctx, p)
	})
}

// UpdateKnown implements application.Payments. It has change run on what the caller
// knows, and once more when something else is stored or change leaves it as it was.
func (s *Store) UpdateKnown(ctx context.Context, known *domain.Payment, change func(*domain.Payment) error) error {
	id, believed := known.OrderID(), known.Snapshot()
	return s.world.Call("update payment", string(id), func() error {
		p := domain.Restore(believed)
		if err := change(p); err == nil && p.Snapshot() != believed && believed == s.load(id).Snapshot() {
			return s.save(ctx, p)
		}
		p = s.load(id)
		if err := change(p); err != nil {
			return err
		}
		return s.save(ctx, p)
	})
}

func (s *Store) load(id domain.OrderID) *domain.Payment {
	if stored, found := s.payments.Get(id); found {
		return domain.Restore(stored.Snapshot)
	}
	return domain.New(id)
}

func (s *Store) save(ctx context.Context, p *domain.Payment) error {
	before, after := s.load(p.OrderID()).Snapshot(), p.Snapshot()
	if after == before {
		return nil
	}
	messages, err := s.Outbox.Encoder(ctx, p.Recorded())
	if err != nil {
		return err
	}
	s.payments.Put(after.OrderID, row{after, event.OriginOf(ctx)})
	if after.Status != before.Status {
		s.world.Note("payment is", string(after.Status))
	}
	return s.Outbox.Insert(announced(messages, after.Status, s.missing))
}

// Claim implements application.Payments.
func (s *Store) Claim(_ context.Context, now, until time.Time, limit int) (claimed []application.Claimed, err error) {
	err = s.world.Call("claim payments", "", func() error {
		due := slices.SortedStableFunc(s.payments.Where(func(r row) bool { return r.isDue(now) }),
			func(a, b row) int { return a.DueAt.Compare(b.DueAt) })
		for _, r := range due[:min(limit, len(due))] {
			r.Claimed, r.DueAt = true, until
			s.payments.Put(r.OrderID, r)
			s.world.Note(string(r.OrderID))
			claimed = append(claimed, application.Claimed{Payment: domain.Restore(r.Snapshot), Origin: r.origin})
		}
		return nil
	})
	return claimed, err
}

func (r row) isDue(now time.Time) bool { return !r.DueAt.IsZero() && !r.DueAt.After(now) }

// ByID implements application.Payments.
func (s *Store) ByID(_ context.Context, id domain.OrderID) (found *domain.Payment, err error) {
	err = s.world.Call("read payment", string(id), func() error {
		stored, there := s.payments.Get(id)
		if !there {
			return errs.New(errs.NotFound, "there is no payment of order %q", id)
		}
		found = domain.Restore(stored.Snapshot)
		return nil
	})
	return found, err
}

// List implements application.Payments.
func (s *Store) List(_ context.Context, f application.Filter) (found []*domain.Payment, err error) {
	err = s.world.Call("list payments", string(f.OrderID), func() error {
		matching := s.payments.Where(func(r row) bool {
			return (f.OrderID == "" || r.OrderID == f.OrderID) && (f.CustomerID == "" || r.CustomerID == f.CustomerID)
		})
		var after *simkit.Position
		if f.After != nil {
			after = &simkit.Position{At: f.After.CreatedAt, ID: string(f.After.OrderID)}
		}
		place := func(r row) simkit.Position { return simkit.Position{At: r.CreatedAt, ID: string(r.OrderID)} }
		for _, r := range simkit.Newest(matching, place, after, f.Limit) {
			found = append(found, domain.Restore(r.Snapshot))
		}
		return nil
	})
	return found, err
}
