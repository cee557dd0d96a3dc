package application

import (
	"context"
	"fmt"
	"time"
)

// ClaimDue picks the payments that need a call to the gateway now.
type ClaimDue struct {
	payments Payments
	lease    time.Duration
	now      func() time.Time
}

// NewClaimDue returns the use case. The lease is for how long a claimed payment
// belongs to its worker; it is longer than all calls that settle one payment
// take. Should a worker outlast it all the same (its process was paused), two of
// them make the same calls with the same keys, which charges nobody twice.
func NewClaimDue(payments Payments, lease time.Duration, now func() time.Time) *ClaimDue {
	return &ClaimDue{payments: payments, lease: lease, now: now}
}

// Do returns at most limit payments that no other worker has. Those that are
// not settled within the lease (this process died) are claimed again. It fails when
// claiming took so long that another worker would have them, too, before long.
func (uc *ClaimDue) Do(ctx context.Context, limit int) ([]Claimed, error) {
	now := uc.now()
	due, err := uc.payments.Claim(ctx, now, now.Add(uc.lease), limit)
	if err != nil {
		return nil, fmt.Errorf("claim due payments: %w", err)
	}
	if took := uc.now().Sub(now); len(due) > 0 && !leavesTime(uc.lease-took, uc.lease) {
		return nil, fmt.Errorf("claim due payments: it took %s; they are due again when their lease ends", took)
	}
	return due, nil
}

// leavesTime reports whether what is left of a lease is enough to begin with the calls:
// they take all of it only when most of them get no answer.
func leavesTime(left, lease time.Duration) bool { return left >= lease/2 }
