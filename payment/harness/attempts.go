package harness

import (
	"context"

	"orders.internal/payment/internal/application"
	"orders.internal/payment/internal/domain"
)

// tried is the gateway for the work on one claim. It keeps count of the
// attempts that fail, and notes when more of them are asked for than are left.
type tried struct {
	*Gateway
	store   *Store
	claimed domain.Snapshot // due again when the lease ends
	left    int             // of the attempts
}

var _ application.Gateway = (*tried)(nil)

func newTried(g *Gateway, s *Store, claimed domain.Snapshot) *tried {
	return &tried{Gateway: g, store: s, claimed: claimed, left: domain.MaxAttempts - claimed.Attempts}
}

// Charge implements application.Gateway.
func (g *tried) Charge(ctx context.Context, c application.Charge, a application.Attempts) (string, error) {
	if a.Left > g.left {
		g.store.excessive[c.OrderID] = true
	}
	count := a.Failed
	a.Failed = func(ctx context.Context) error {
		g.left--
		err := count(ctx)
		if err == nil && g.isClaimed() {
			g.store.failures[c.OrderID]++
		}
		return err
	}
	return g.Gateway.Charge(ctx, c, a)
}

// isClaimed reports whether the payment is still to be charged, by this worker
// alone.
func (g *tried) isClaimed() bool {
	stored, _ := g.store.payments.Get(g.claimed.OrderID)
	leaseEnds := g.claimed.DueAt
	return stored.Status == domain.Pending && stored.DueAt.Equal(leaseEnds) && g.store.world.Now().Before(leaseEnds)
}
