package postgres

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/notification/internal/adapters/porttest"
	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/pgkit"
)

func delivered(n *domain.Notification) { n.Delivered(porttest.Now) }

// adding and changing return the operations of Add and Update.

func adding(n *domain.Notification) *operation {
	return &operation{key: n.Key(), add: newStored(n.Snapshot(), event.Origin{})}
}

func changing(n *domain.Notification, change func(*domain.Notification)) *operation {
	known := n.Snapshot()
	return &operation{key: n.Key(), known: &known, change: change}
}

// inOneTransaction does the operations together and returns their outcomes.
func (f fixture) inOneTransaction(t *testing.T, operations ...*operation) (outcomes []error) {
	t.Helper()
	err := pgkit.InTx(t.Context(), f.pool, func(ctx context.Context, tx *pgkit.Tx) (err error) {
		outcomes, err = transact(ctx, tx, operations)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return outcomes
}

// all returns every notification by its order's id.
func (f fixture) all(t *testing.T) map[domain.OrderID]domain.Snapshot {
	t.Helper()
	found, err := f.List(t.Context(), application.Filter{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	states := map[domain.OrderID]domain.Snapshot{}
	for _, n := range found {
		states[n.Snapshot().OrderID] = n.Snapshot()
	}
	return states
}

// Calls that share a transaction see each other's notification as if they had
// come one after the other; one that finds none changes nothing.
func TestOperationsOfOneTransaction(t *testing.T) {
	f := setup(t)
	old := porttest.New(t, "e-1", "old", domain.OrderConfirmed, porttest.Now)
	if _, err := f.Add(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	operations := []*operation{
		changing(old, func(n *domain.Notification) { n.Failed(porttest.Now, porttest.Now, 0) }),
		adding(porttest.New(t, "e-2", "new", domain.OrderConfirmed, porttest.Now)),
		changing(porttest.New(t, "e-0", "none", domain.OrderConfirmed, porttest.Now), delivered),
		adding(porttest.New(t, "e-3", "new", domain.OrderConfirmed, porttest.Now)),
		adding(porttest.New(t, "e-4", "old", domain.OrderConfirmed, porttest.Now)),
		changing(old, delivered),
		changing(old, func(n *domain.Notification) { n.Failed(porttest.Now, porttest.Now, 0) }), // too late
	}
	for i, err := range f.inOneTransaction(t, operations...) {
		if i == 2 && !errs.Is(err, errs.NotFound) || i != 2 && err != nil {
			t.Errorf("operation %d: %v", i, err)
		}
	}
	for i, added := range []bool{false, true, false, false, false, false, false} {
		if operations[i].added != added {
			t.Errorf("operation %d says that it added: %v", i, operations[i].added)
		}
	}
	all := f.all(t)
	if got := all["old"]; got.EventID != "e-1" || got.Attempts != 1 || got.DeliveredAt != porttest.Now {
		t.Errorf("the old one is %+v", got)
	}
	if got := all["new"]; len(all) != 2 || got.EventID != "e-2" || !got.DeliveredAt.IsZero() {
		t.Errorf("%d notifications, the new one is %+v", len(all), got)
	}
}

// The worker knows what it has claimed: recording what became of it reads nothing, and
// writes no entry into an index of the notifications.
func TestKnownNotificationsAreUpdatedInPlace(t *testing.T) {
	f := setup(t)
	operations := make([]*operation, 20)
	for i := range operations {
		n := porttest.New(t, fmt.Sprintf("e-%d", i), fmt.Sprintf("o-%d", i), domain.OrderConfirmed, porttest.Now)
		if _, err := f.Add(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		operations[i] = changing(n, delivered)
	}
	ended, end := context.WithCancel(t.Context())
	end() // whoever sends something with it fails
	err := pgkit.InTx(t.Context(), f.pool, func(ctx context.Context, tx *pgkit.Tx) error {
		if _, err := transact(ended, tx, operations); err != nil {
			return err
		}
		var updated, hot int
		tx.Queue(`SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'notifications'`).
			QueryRow(func(row pgx.Row) error { return row.Scan(&updated, &hot) })
		if err := tx.Send(ctx); err != nil {
			return err
		}
		if updated != len(operations) || hot < updated*9/10 {
			t.Errorf("%d of %d updates are HOT", hot, updated)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// One call whose transaction would fail (PostgreSQL has no text with a NUL)
// costs those around it nothing, and all need far fewer transactions than there
// are calls.
func TestConcurrentCallsShareTransactions(t *testing.T) {
	f := setup(t)
	var transactions atomic.Int32
	f.group = pgkit.NewGroup(f.pool, func(ctx context.Context, tx *pgkit.Tx, operations []*operation) ([]error, error) {
		transactions.Add(1)
		return transact(ctx, tx, operations)
	})
	var added []*domain.Notification
	var all sync.WaitGroup
	for i := range 100 {
		n := porttest.New(t, fmt.Sprintf("e-%d", i), fmt.Sprintf("o-%d", i), domain.OrderConfirmed, porttest.Now)
		added = append(added, n)
		all.Go(func() {
			if _, err := f.Add(t.Context(), n); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := transactions.Load(); n > 50 {
		t.Errorf("%d transactions for 100 calls", n)
	}
	for _, n := range added {
		all.Go(func() {
			if err := f.Update(t.Context(), n, delivered); err != nil {
				t.Error(err)
			}
		})
	}
	all.Go(func() {
		err := f.Update(t.Context(), porttest.New(t, "e", "o-\x00", domain.OrderConfirmed, porttest.Now), delivered)
		if err == nil || errs.Is(err, errs.Unavailable) {
			t.Errorf("the key that can't be stored: %v", err)
		}
	})
	all.Wait()
	for id, n := range f.all(t) {
		if n.DeliveredAt.IsZero() {
			t.Errorf("that of %s is not delivered", id)
		}
	}
}

// Two replicas add and deliver the same notifications, while others are claimed:
// nobody waits for another in a circle.
func TestReplicasShareTheTable(t *testing.T) {
	f := setup(t)
	replica := NewNotifications(f.pool, func() {})
	var all sync.WaitGroup
	for i := range 100 {
		n := porttest.New(t, fmt.Sprintf("e-%d", i), fmt.Sprintf("o-%d", i), domain.OrderConfirmed, porttest.Now)
		for _, r := range []*Notifications{f.Notifications, replica} {
			all.Go(func() {
				if _, err := r.Add(t.Context(), n); err != nil {
					t.Error(err)
				}
				if err := r.Update(t.Context(), n, delivered); err != nil {
					t.Error(err)
				}
				if _, err := r.Claim(t.Context(), porttest.Now, porttest.Now.Add(time.Minute), 3); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	found := f.all(t)
	for id, n := range found {
		if n.DeliveredAt.IsZero() {
			t.Errorf("that of %s is not delivered", id)
		}
	}
	if len(found) != 100 {
		t.Errorf("%d notifications, want 100", len(found))
	}
}
