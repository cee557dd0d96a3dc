// Package harness is the notification service in memory: its use cases and its
// mapping from the wire contract as they ship, over a store that a simulation
// drives.
package harness

import (
	"context"
	"slices"
	"time"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/simkit"
)

// Store is the service's database: it outlives the processes. It implements
// application.Notifications.
type Store struct {
	world         simkit.World
	notifications simkit.Table[domain.Key, row]
}

// row is a notification with what it goes back to.
type row struct {
	domain.Snapshot
	origin event.Origin
}

var _ application.Notifications = (*Store)(nil)

// NewStore returns an empty store.
func NewStore(w simkit.World) *Store { return &Store{world: w} }

// Add implements application.Notifications.
func (s *Store) Add(ctx context.Context, n *domain.Notification) (added bool, err error) {
	err = s.world.Call("add notification of "+string(n.Key().Type), string(n.Key().OrderID), func() error {
		if _, found := s.notifications.Get(n.Key()); found {
			s.world.Note("there is one already")
			return nil
		}
		s.notifications.Put(n.Key(), row{n.Snapshot(), event.OriginOf(ctx)})
		added = true
		return nil
	})
	return added, err
}

// Claim implements application.Notifications.
func (s *Store) Claim(_ context.Context, now, until time.Time, limit int) (claimed []application.Claimed, err error) {
	err = s.world.Call("claim notifications", "", func() error {
		due := slices.SortedStableFunc(s.notifications.Where(func(r row) bool { return r.isDue(now) }),
			func(a, b row) int { return a.NextAttemptAt.Compare(b.NextAttemptAt) })
		for _, r := range due[:min(limit, len(due))] {
			r.NextAttemptAt = until
			n := domain.Restore(r.Snapshot)
			s.notifications.Put(n.Key(), r)
			s.world.Note(string(r.OrderID), string(r.Type))
			claimed = append(claimed, application.Claimed{Notification: n, Origin: r.origin})
		}
		return nil
	})
	return claimed, err
}

func (r row) isPending() bool { return r.DeliveredAt.IsZero() }

func (r row) isDue(now time.Time) bool { return r.isPending() && !r.NextAttemptAt.After(now) }

// Update implements application.Notifications. It may run change again, so it
// always does, on what is known first.
func (s *Store) Update(_ context.Context, known *domain.Notification, change func(*domain.Notification)) error {
	key := known.Key()
	return s.world.Call("update notification of "+string(key.Type), string(key.OrderID), func() error {
		stored, found := s.notifications.Get(key)
		if !found {
			return errs.New(errs.NotFound, "there is no notification of %s for order %q", key.Type, key.OrderID)
		}
		change(domain.Restore(known.Snapshot()))
		n := domain.Restore(stored.Snapshot)
		change(n)
		after := row{n.Snapshot(), stored.origin}
		s.notifications.Put(key, after)
		if stored.isPending() && !after.isPending() {
			s.world.Note("it is delivered")
		}
		return nil
	})
}

// List implements application.Notifications.
func (s *Store) List(_ context.Context, f application.Filter) (found []*domain.Notification, err error) {
	err = s.world.Call("list notifications", string(f.OrderID), func() error {
		matching := s.notifications.Where(func(r row) bool {
			return (f.OrderID == "" || r.OrderID == f.OrderID) && (f.CustomerID == "" || r.CustomerID == f.CustomerID)
		})
		var after *simkit.Position
		if f.After != nil {
			after = &simkit.Position{At: f.After.CreatedAt, ID: f.After.EventID}
		}
		place := func(r row) simkit.Position { return simkit.Position{At: r.CreatedAt, ID: r.EventID} }
		for _, r := range simkit.Newest(matching, place, after, f.Limit) {
			found = append(found, domain.Restore(r.Snapshot))
		}
		return nil
	})
	return found, err
}
