package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
	"orders.internal/shared-kernel/pgkit"
)

// Payment methods that force an outcome, as test cards do elsewhere.
const (
	simSuccess     = "sim_success"
	simDecline     = "sim_decline"
	simUnavailable = "sim_unavailable" // every attempt is answered with a failure
	simTimeout     = "sim_timeout"     // the first charge is made, but its answer never comes
)

// Simulated is a payment provider. Its books are in the database, so they
// outlive this process as a real provider's would; what they say under a key
// never changes, which is what makes its calls idempotent under concurrency.
type Simulated struct {
	pool     *pgxpool.Pool
	group    *pgkit.Group[*booking]
	behavior Behavior
}

// Behavior is how a simulated provider behaves.
type Behavior struct {
	SuccessRate float64        // chance from 0 to 1 that an attempt to charge succeeds
	Latency     time.Duration  // of every call
	Random      func() float64 // from 0 to less than 1
	NewID       func() string
}

var (
	_ Provider           = (*Simulated)(nil)
	_ application.Ledger = (*Simulated)(nil)
)

// NewSimulated returns a provider with its books behind pool, which should be
// its own: nothing of a provider's shares a transaction with its customers'.
func NewSimulated(pool *pgxpool.Pool, b Behavior, options ...pgkit.GroupOption) *Simulated {
	group := pgkit.NewGroup(pool, transact, options...)
	group.KeyedBy(func(b *booking) any { return b.wanted.Key })
	return &Simulated{pool: pool, group: group, behavior: b}
}

// Charge implements Provider.
func (s *Simulated) Charge(ctx context.Context, c application.Charge) (string, error) {
	if err := s.travel(ctx); err != nil {
		return "", err
	}
	wanted := operation{Key: c.Key, OrderID: string(c.OrderID), Kind: charge, Amount: int64(c.Amount), Reference: "tx_" + s.behavior.NewID()}
	switch {
	case c.Method == simDecline:
		wanted.Kind = decline
	case !s.succeeds(c.Method):
		return s.fail(ctx, c.Key)
	}
	done, first, err := s.book(ctx, wanted)
	if err != nil {
		return "", err
	}
	if first && c.Method == simTimeout {
		<-ctx.Done()
		return "", ctx.Err()
	}
	return answer(done)
}

func (s *Simulated) succeeds(method string) bool {
	switch method {
	case simSuccess, simTimeout:
		return true
	case simUnavailable:
		return false
	}
	return s.behavior.Random() < s.behavior.SuccessRate
}

// fail answers with a failure, unless the key has its answer already.
func (s *Simulated) fail(ctx context.Context, key string) (string, error) {
	done, _, err := s.book(ctx, operation{Key: key, Kind: look})
	if err != nil {
		return "", err
	}
	if done == (operation{}) {
		return "", ErrFailed
	}
	return answer(done)
}

// answer is what a charge under the operation's key is told.
func answer(done operation) (string, error) {
	switch done.Kind {
	case charge:
		return done.Reference, nil
	case decline:
		return "", application.ErrDeclined
	default:
		return "", application.ErrKeyCancelled
	}
}

// Cancel implements Provider.
func (s *Simulated) Cancel(ctx context.Context, key string, id domain.OrderID) (string, error) {
	if err := s.travel(ctx); err != nil {
		return "", err
	}
	done, _, err := s.book(ctx, operation{Key: key, OrderID: string(id), Kind: cancel})
	if err != nil || done.Kind != charge {
		return "", err
	}
	return done.Reference, nil
}

// Refund implements Provider.
func (s *Simulated) Refund(ctx context.Context, r application.Refund) (string, error) {
	if err := s.travel(ctx); err != nil {
		return "", err
	}
	charged, err := s.hasCharged(ctx, r)
	if err != nil {
		return "", err
	}
	if !charged {
		return "", fmt.Errorf("refund: there is no charge %s of %s", r.TransactionID, r.Amount)
	}
	done, _, err := s.book(ctx, operation{
		Key: r.Key, OrderID: string(r.OrderID), Kind: refund, Amount: int64(r.Amount), Reference: "re_" + s.behavior.NewID(),
	})
	return done.Reference, err
}

// travel takes the time that a network would.
func (s *Simulated) travel(ctx context.Context) error {
	if s.behavior.Latency == 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(s.behavior.Latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
