package postgres

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/migrations"
	"orders.internal/notification/internal/adapters/porttest"
	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

type fixture struct {
	*Notifications
	pool  *pgxpool.Pool
	woken *atomic.Int32
}

func setup(t *testing.T) fixture { return on(t, pgtest.New(t, migrations.Of("notification"))) }

func on(t *testing.T, pool *pgxpool.Pool) fixture {
	t.Cleanup(func() { wantDueAsTold(t, pool) })
	woken := &atomic.Int32{}
	return fixture{Notifications: NewNotifications(pool, func() { woken.Add(1) }), pool: pool, woken: woken}
}

// wantDueAsTold compares the table of what is due with the notifications: each test
// leaves them in agreement.
func wantDueAsTold(t *testing.T, pool *pgxpool.Pool) {
	var differ int
	err := pool.QueryRow(context.Background(), `
		SELECT count(*) FROM (SELECT next_attempt_at, order_id, type FROM notifications WHERE delivered_at IS NULL) AS pending
		FULL JOIN notifications_due AS due USING (next_attempt_at, order_id, type)
		WHERE pending IS NULL OR due IS NULL`).Scan(&differ)
	if err != nil || differ > 0 {
		t.Errorf("%d notifications are either pending or due, %v", differ, err)
	}
}

func TestNotifications(t *testing.T) {
	porttest.Run(t, func(t *testing.T) application.Notifications { return setup(t) })
}

func TestAddLetsOthersGoFirst(t *testing.T) {
	f := setup(t)
	add := func(r *Notifications, event string) {
		if _, err := r.Add(t.Context(), porttest.New(t, event, "o-"+event, domain.OrderConfirmed, porttest.Now)); err != nil {
			t.Fatal(err)
		}
	}
	add(f.Notifications, "e-1") // the pool connects and prepares
	idle := NewNotifications(f.pool, func() {})
	began := time.Now()
	add(idle, "e-2")
	if took := time.Since(began); took < 10*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

func TestWorkerIsWokenOfWhatIsNew(t *testing.T) {
	f := setup(t)
	for range 2 {
		if _, err := f.Add(t.Context(), porttest.New(t, "e-1", "o-1", domain.OrderConfirmed, porttest.Now)); err != nil {
			t.Fatal(err)
		}
	}
	claimed := porttest.New(t, "e-2", "o-2", domain.OrderConfirmed, porttest.Now)
	claimed.Claim(porttest.Now.Add(time.Minute)) // its worker has it already
	if _, err := f.Add(t.Context(), claimed); err != nil {
		t.Fatal(err)
	}
	if f.woken.Load() != 1 {
		t.Errorf("the worker was woken %d times", f.woken.Load())
	}
}

func TestSameEventAtOnceIsAddedOnce(t *testing.T) {
	f := setup(t)
	var all sync.WaitGroup
	for i := range 40 {
		n := porttest.New(t, fmt.Sprintf("e-%d", i), fmt.Sprintf("o-%d", i%2), domain.OrderCancelled, porttest.Now)
		all.Go(func() {
			if _, err := f.Add(t.Context(), n); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := f.List(t.Context(), application.Filter{Limit: 50}); err != nil || len(got) != 2 {
		t.Errorf("%d notifications, %v; want 2", len(got), err)
	}
}

func TestWorkersNeverClaimTheSame(t *testing.T) {
	f := setup(t)
	const count = 60
	for i := range count {
		n := porttest.New(t, fmt.Sprintf("e-%d", i), fmt.Sprintf("o-%d", i), domain.OrderConfirmed, porttest.Now)
		if _, err := f.Add(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range count {
				due, err := f.Claim(t.Context(), porttest.Now, porttest.Now.Add(time.Minute), 3)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, d := range due {
					seen[d.Notification.Snapshot().EventID]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != count {
		t.Errorf("claimed %d different ones, want %d", len(seen), count)
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s was claimed %d times", id, times)
		}
	}
}

func TestUnreachableDatabaseIsUnavailable(t *testing.T) {
	notifications := NewNotifications(pgtest.Open(t, "postgres://127.0.0.1:1/none?connect_timeout=1"), func() { t.Error("woken") })
	_, adding := notifications.Add(t.Context(), porttest.New(t, "e", "o", domain.OrderConfirmed, porttest.Now))
	_, claiming := notifications.Claim(t.Context(), porttest.Now, porttest.Now, 1)
	_, listing := notifications.List(t.Context(), application.Filter{Limit: 1})
	for name, err := range map[string]error{
		"add":    adding,
		"claim":  claiming,
		"update": notifications.Update(t.Context(), porttest.New(t, "e", "o", domain.OrderConfirmed, porttest.Now), delivered),
		"list":   listing,
	} {
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: got %v, want errs.Unavailable", name, err)
		}
	}
}
