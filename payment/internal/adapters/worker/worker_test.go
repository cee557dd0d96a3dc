package worker

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/workkit"
)

const (
	hands = 4
	lease = 10 * time.Second
)

// store keeps payments in memory.
type store struct {
	application.Payments
	mu       sync.Mutex
	payments map[domain.OrderID]domain.Snapshot
}

func (s *store) Claim(_ context.Context, now, until time.Time, limit int) ([]application.Claimed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []application.Claimed
	for id, p := range s.payments {
		if p.DueAt.IsZero() || p.DueAt.After(now) || len(due) == limit {
			continue
		}
		p.DueAt, p.Claimed = until, true
		s.payments[id] = p
		due = append(due, application.Claimed{
			Payment: domain.Restore(p), Origin: event.Origin{CorrelationID: "request of " + string(id)},
		})
	}
	return due, nil
}

func (s *store) Update(ctx context.Context, id domain.OrderID, change func(*domain.Payment) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	p := domain.Restore(s.payments[id])
	if err := change(p); err != nil {
		return err
	}
	s.payments[id] = p.Snapshot()
	return nil
}

func (s *store) UpdateKnown(ctx context.Context, known *domain.Payment, change func(*domain.Payment) error) error {
	return s.Update(ctx, known.OrderID(), change)
}

func (s *store) add(ids ...domain.OrderID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.payments[id] = domain.Snapshot{OrderID: id, Amount: 15000, Status: domain.Pending, DueAt: time.Now()}
	}
}

func (s *store) processed() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.payments {
		if p.Status == domain.Processed {
			n++
		}
	}
	return n
}

// gateway is a function that charges.
type gateway func(ctx context.Context, id domain.OrderID) (string, error)

func (charge gateway) Charge(ctx context.Context, c application.Charge, _ application.Attempts) (string, error) {
	return charge(ctx, c.OrderID)
}

func (gateway) Cancel(context.Context, string, domain.OrderID) (string, error) {
	return "", errors.New("unexpected cancel")
}

func (gateway) Refund(context.Context, application.Refund) (string, error) {
	return "", errors.New("unexpected refund")
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// running is a worker that runs in the test's bubble, where time stands still
// while anything can go on.
type running struct {
	*store
	signal *workkit.Signal
	log    *lines
	stop   context.CancelFunc
	ended  chan struct{}
}

func start(t *testing.T, charge gateway) running {
	r := running{
		store: &store{payments: map[domain.OrderID]domain.Snapshot{}}, signal: workkit.NewSignal(),
		log: &lines{}, ended: make(chan struct{}),
	}
	w := New(r.signal, application.NewClaimDue(r.store, lease, time.Now),
		application.NewSettlePayment(r.store, charge, time.Now), hands, slog.New(slog.NewTextHandler(r.log, nil)))
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

// pass lets time go by, and everything that is due in it happen.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestSignalledPaymentsAreSettledAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		r := start(t, func(ctx context.Context, id domain.OrderID) (string, error) {
			if got, want := event.OriginOf(ctx).CorrelationID, "request of "+string(id); got != want {
				t.Errorf("charged with the correlation id %q, want %q", got, want)
			}
			return "tx", nil
		})
		r.add("o-1")
		r.signal.Raise()
		r.signal.Raise() // never blocks
		synctest.Wait()
		if r.processed() != 1 || time.Since(begin) > 0 {
			t.Errorf("%d settled after %v", r.processed(), time.Since(begin))
		}
	})
}

func TestPanicCostsOnlyItsPayment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		r := start(t, func(_ context.Context, id domain.OrderID) (string, error) {
			if id == "o-1" && first {
				first = false
				panic("bad payment")
			}
			return "tx", nil
		})
		r.add("o-1", "o-2")
		r.signal.Raise()
		synctest.Wait()
		if r.processed() != 1 || !strings.Contains(r.log.String(), "bad payment") {
			t.Errorf("%d settled; log: %s", r.processed(), r.log)
		}
		pass(lease + time.Second)
		if r.processed() != 2 {
			t.Error("the payment was not tried again when its lease had ended")
		}
	})
}

func TestEndsAreLogged(t *testing.T) {
	for want, end := range map[string]error{
		`level=INFO msg="payment settled"`:                         nil,
		`level=WARN msg="payment postponed"`:                       &application.HeldBackError{},
		`level=ERROR msg="the payment gateway contradicts itself"`: errs.New(errs.Contradiction, "charged twice"),
	} {
		synctest.Test(t, func(t *testing.T) {
			r := start(t, func(context.Context, domain.OrderID) (string, error) { return "tx", end })
			r.add("o-1")
			r.signal.Raise()
			synctest.Wait()
			if !strings.Contains(r.log.String(), want) || !strings.Contains(r.log.String(), "order_id=o-1") {
				t.Errorf("log: %s\nwant %s", r.log, want)
			}
		})
	}
}
