package application

import (
	"context"
	"fmt"
	"time"
)

// lease is for how long a claimed notification belongs to its worker. It is
// longer than sendTimeout and what it takes to record the result.
const lease = 30 * time.Second

// ClaimDue picks the notifications that are to be sent now.
type ClaimDue struct {
	notifications Notifications
	now           func() time.Time
}

// NewClaimDue returns the use case.
func NewClaimDue(notifications Notifications, now func() time.Time) *ClaimDue {
	return &ClaimDue{notifications: notifications, now: now}
}

// Do returns at most limit notifications that no other worker has. If they are
// not delivered within the lease (this process died), someone claims them again.
func (uc *ClaimDue) Do(ctx context.Context, limit int) ([]Claimed, error) {
	now := uc.now()
	due, err := uc.notifications.Claim(ctx, now, now.Add(lease), limit)
	if err != nil {
		return nil, fmt.Errorf("claim due notifications: %w", err)
	}
	return due, nil
}
