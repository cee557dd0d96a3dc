package postgres

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/notification/internal/adapters/porttest"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func fails(n *domain.Notification) {
	n.Failed(n.Snapshot().NextAttemptAt, porttest.Now.Add(-time.Hour), rand.Float64())
}

// Two replicas do whatever is done to notifications, to the same ones and at once, and
// believe of some what was so before. Leases are over as soon as they begin, so both
// claim the same ones all the time.
func TestDueStaysInStep(t *testing.T) {
	f := setup(t)
	other := NewNotifications(pgtest.Open(t, f.pool.Config().ConnString()), func() {})
	const callers, rounds, atOnce = 16, 150, 20
	var added []*domain.Notification
	for i := range rounds + atOnce {
		added = append(added, porttest.New(t, fmt.Sprint("e-", i), fmt.Sprint("o-", i), domain.OrderConfirmed, porttest.Now))
	}
	changes := []func(*domain.Notification){fails, fails, fails, delivered}
	var all sync.WaitGroup
	for n := range callers {
		replica := []*Notifications{f.Notifications, other}[n%2]
		all.Go(func() {
			for round := range rounds {
				now := porttest.Now.Add(time.Duration(rand.N(2000)) * time.Microsecond)
				claimed, err := replica.Claim(t.Context(), now, now.Add(-time.Duration(rand.N(2000))*time.Microsecond), 5)
				if err != nil {
					t.Error(err)
				}
				for _, c := range claimed {
					if err := replica.Update(t.Context(), c.Notification, changes[rand.N(len(changes))]); err != nil {
						t.Error(err)
					}
				}
				if _, err := replica.Add(t.Context(), added[round+atOnce]); err != nil {
					t.Error(err)
				}
				err = replica.Update(t.Context(), added[round+rand.N(atOnce)], changes[rand.N(len(changes))])
				if err != nil && !errs.Is(err, errs.NotFound) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := pgtest.Deadlocks(t, f.pool, other.pool); n > 0 {
		t.Errorf("%d deadlocks", n)
	}
	if _, err := f.Add(t.Context(), porttest.New(t, "last", "last", domain.OrderConfirmed, porttest.Now)); err != nil {
		t.Fatal(err)
	}
	var due int
	if err := f.pool.QueryRow(t.Context(), "SELECT count(*) FROM notifications_due").Scan(&due); err != nil {
		t.Fatal(err)
	}
	left, err := f.Claim(t.Context(), porttest.Now.Add(time.Hour), porttest.Now, len(added))
	if err != nil || len(left) != due {
		t.Errorf("claimed %d notifications, %v; want the %d that are due", len(left), err, due)
	}
}

// A transaction that has added something waits for nobody who still has to add it.
func TestHeldComesBeforeAdded(t *testing.T) {
	f := setup(t)
	held, added := porttest.New(t, "e-1", "held", domain.OrderConfirmed, porttest.Now), porttest.New(t, "e-2", "added", domain.OrderConfirmed, porttest.Now)
	if _, err := f.Add(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	var all sync.WaitGroup
	f.inOneTransaction(t, adding(added), &operation{key: held.Key(), change: func(*domain.Notification) { // which is read, and locked
		once.Do(func() {
			all.Go(func() { f.inOneTransaction(t, adding(added), changing(held, delivered)) })
			pgtest.AwaitBlocked(t, f.pool)
		})
	}})
	all.Wait()
	if n := pgtest.Deadlocks(t, f.pool); n > 0 {
		t.Errorf("%d deadlocks", n)
	}
}

func TestRetriesForALockedNotificationYield(t *testing.T) {
	f := setup(t)
	n := porttest.New(t, "e-1", "o-1", domain.OrderConfirmed, porttest.Now)
	if _, err := f.Add(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	pgtest.ExpectRetriesToYield(t, f.pool, "SELECT FROM notifications FOR UPDATE", func(pool *pgxpool.Pool) func() error {
		notifications := NewNotifications(pool, func() {})
		return func() error { return notifications.Update(t.Context(), n, delivered) }
	})
}
