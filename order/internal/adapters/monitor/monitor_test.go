package monitor

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
)

// world is the link and the store, with a clock that the test moves.
type world struct {
	application.Orders
	now     time.Time
	down    error
	dead    bool // the database takes questions and never answers
	waiting int
	settled uint64
	order   *domain.Order
}

func (w *world) Working(ctx context.Context) error {
	if w.dead {
		<-ctx.Done()
		return ctx.Err()
	}
	return w.down
}
func (w *world) Waiting(context.Context) (int, error) { return w.waiting, nil }
func (w *world) Settled() uint64                      { return w.settled }

func (w *world) Overdue(_ context.Context, before time.Time, _ int) ([]domain.OrderID, error) {
	if s := w.order.Snapshot(); s.Status == domain.Pending && s.CreatedAt.Before(before) {
		return []domain.OrderID{s.ID}, w.down
	}
	return nil, w.down
}

func (w *world) Update(_ context.Context, _ domain.OrderID, change func(*domain.Order) error) error {
	return change(w.order)
}

func (w *world) cancelled() bool { return w.order.Snapshot().Status == domain.Cancelled }

const timeout = time.Minute

func setup() (*world, *Monitor) {
	w := &world{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	w.order = domain.Restore(domain.Snapshot{ID: "o-1", Status: domain.Pending, CreatedAt: w.now})
	clock := func() time.Time { return w.now }
	return w, New(application.NewExpireOrders(w, timeout, clock), w, clock, slog.New(slog.DiscardHandler))
}

func (w *world) pass(m *Monitor, d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(time.Second)
		m.look(context.Background())
	}
}

func TestOverdueOrderIsCancelled(t *testing.T) {
	w, m := setup()
	w.pass(m, timeout)
	if w.cancelled() {
		t.Error("cancelled within its time")
	}
	w.pass(m, 10*time.Second)
	if !w.cancelled() {
		t.Error("not cancelled after its time")
	}
}

func TestTimeOfAnOutageDoesNotCount(t *testing.T) {
	w, m := setup()
	w.pass(m, 10*time.Second)
	w.down = errors.New("no broker")
	w.pass(m, 10*timeout)
	w.down = nil
	w.pass(m, timeout)
	if w.cancelled() {
		t.Error("cancelled for the service's own absence")
	}
	w.pass(m, 10*time.Second)
	if !w.cancelled() {
		t.Error("never cancelled")
	}
}

// An order must not be pending for ever because the link is down again and again.
func TestTimeBetweenOutagesAddsUp(t *testing.T) {
	w, m := setup()
	for range 2 {
		w.pass(m, timeout/2)
		w.down = errors.New("no broker")
		w.pass(m, 10*time.Second)
		w.down = nil
	}
	if w.cancelled() {
		t.Fatal("cancelled within its time")
	}
	w.pass(m, timeout/2)
	if !w.cancelled() {
		t.Error("never cancelled")
	}
}

// A frozen process finds everything working when it goes on, because its
// connections are not known to be lost yet.
func TestTimeInWhichTheProcessStoodStillDoesNotCount(t *testing.T) {
	for name, step := range map[string]time.Duration{"frozen": 10 * timeout, "clock set back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			w, m := setup()
			w.pass(m, 5*time.Second)
			if m.state != following {
				t.Fatalf("state %d", m.state)
			}
			w.waiting = 500
			w.now = w.now.Add(step)
			m.look(t.Context())
			if m.state == following || w.cancelled() {
				t.Errorf("state %d, cancelled %v", m.state, w.cancelled())
			}
		})
	}
}

func TestQueuedAnswersAreHandledFirst(t *testing.T) {
	w, m := setup()
	w.waiting = 100
	w.pass(m, 2*timeout) // nothing is consumed yet
	if m.state != catchingUp || w.cancelled() {
		t.Fatalf("state %d, cancelled %v", m.state, w.cancelled())
	}
	w.settled = 100 // what was queued is done, though more has come since
	w.pass(m, time.Second)
	if m.state != following {
		t.Errorf("state %d", m.state)
	}
}

func TestFailureOfTheStoreSendsTheMonitorToRest(t *testing.T) {
	w, m := setup()
	w.pass(m, 5*time.Second)
	if m.state != following {
		t.Fatalf("state %d", m.state)
	}
	w.now = w.now.Add(10 * timeout)
	w.down = errors.New("no database")
	m.look(t.Context())
	if m.state != resting || w.cancelled() {
		t.Errorf("state %d, cancelled %v", m.state, w.cancelled())
	}
}

func TestLookAtADatabaseThatNeverAnswersEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, m := setup()
		w.pass(m, 5*time.Second)
		w.dead = true
		m.look(t.Context())
		if m.state != resting {
			t.Errorf("state %d", m.state)
		}
	})
}

func TestRunLooksUntilItsContextEnds(t *testing.T) {
	w, m := setup()
	ctx, cancel := context.WithCancel(t.Context())
	looked := make(chan struct{}, 1)
	m.link = observed{w, looked}
	done := make(chan struct{})
	go func() { m.Run(ctx); close(done) }()
	<-looked
	cancel()
	<-done
}

// observed tells when it was looked at.
type observed struct {
	*world
	looked chan struct{}
}

func (o observed) Working(context.Context) error {
	select {
	case o.looked <- struct{}{}:
	default:
	}
	return errors.New("no broker")
}
