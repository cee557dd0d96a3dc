package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"orders.internal/notification/internal/application"
	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/workkit"
)

// store keeps notifications in memory.
type store struct {
	application.Notifications
	mu            sync.Mutex
	notifications []*domain.Notification
}

func (s *store) add(t *testing.T, eventID string) {
	t.Helper()
	n, err := domain.New(domain.Occurrence{EventID: eventID, OrderID: domain.OrderID("order of " + eventID), Type: domain.OrderConfirmed}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notifications = append(s.notifications, n)
}

func (s *store) delivered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, n := range s.notifications {
		if !n.Snapshot().DeliveredAt.IsZero() {
			count++
		}
	}
	return count
}

func (s *store) Claim(_ context.Context, now, until time.Time, limit int) ([]application.Claimed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []application.Claimed
	for i, n := range s.notifications {
		state := n.Snapshot()
		if !state.DeliveredAt.IsZero() || state.NextAttemptAt.After(now) || len(due) == limit {
			continue
		}
		state.NextAttemptAt = until
		s.notifications[i] = domain.Restore(state)
		due = append(due, application.Claimed{
			Notification: domain.Restore(state), Origin: event.Origin{CorrelationID: "request of " + state.EventID},
		})
	}
	return due, nil
}

func (s *store) Update(ctx context.Context, known *domain.Notification, change func(*domain.Notification)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, n := range s.notifications {
		if n.Key() == known.Key() {
			change(n)
			return nil
		}
	}
	return fmt.Errorf("no notification %v", known.Key())
}

// notifier is a function that sends.
type notifier func(ctx context.Context, m application.Message) error

func (send notifier) Send(ctx context.Context, m application.Message) error { return send(ctx, m) }

// running is a worker that runs in the test's bubble, where time stands still
// while anything can go on.
type running struct {
	*store
	signal *workkit.Signal
	stop   context.CancelFunc
	ended  chan struct{}
}

func start(t *testing.T, send notifier) running {
	r := running{store: &store{}, signal: workkit.NewSignal(), ended: make(chan struct{})}
	w := New(r.signal, application.NewClaimDue(r.store, time.Now),
		application.NewDeliver(r.store, send, time.Now, func() float64 { return 0 }), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	r.stop = cancel
	go func() {
		defer close(r.ended)
		w.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-r.ended
	})
	synctest.Wait()
	return r
}

func TestSignalledNotificationsAreSentAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		r := start(t, func(ctx context.Context, m application.Message) error {
			if got, want := event.OriginOf(ctx).CorrelationID, "request of "+m.ID; got != want {
				t.Errorf("sent with the correlation id %q, want %q", got, want)
			}
			return nil
		})
		r.add(t, "e-1")
		r.signal.Raise()
		r.signal.Raise()
		synctest.Wait()
		if r.delivered() != 1 || time.Since(begin) > 0 {
			t.Errorf("%d delivered after %v", r.delivered(), time.Since(begin))
		}
	})
}

func TestFailuresAreTriedAgainUnderTheSameID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := make(chan string, 10)
		attempts := 0
		r := start(t, func(_ context.Context, m application.Message) error {
			ids <- m.ID
			switch attempts++; attempts {
			case 1:
				return errors.New("mailbox full")
			case 2:
				panic("nil pointer")
			}
			return nil
		})
		r.add(t, "e-1")
		r.signal.Raise()
		<-time.After(2 * time.Second) // the first failure's pause, and a poll
		synctest.Wait()
		if len(ids) != 2 {
			t.Fatalf("%d attempts, want two", len(ids))
		}
		<-time.After(time.Minute) // a panic leaves the notification to the end of its lease
		synctest.Wait()
		if len(ids) != 3 || r.delivered() != 1 {
			t.Errorf("%d attempts, %d delivered", len(ids), r.delivered())
		}
		for range len(ids) {
			if id := <-ids; id != "e-1" {
				t.Errorf("sent as %s", id)
			}
		}
	})
}
