package application

import (
	"context"
	"time"
)

const (
	// keyLifetime is for how long a request may be sent again under its key.
	keyLifetime = 24 * time.Hour
	// forgetBatch is how many keys one call to the store deletes.
	forgetBatch = 1000
)

// ForgetKeys deletes the idempotency keys that have served their time.
type ForgetKeys struct {
	keys Keys
	now  func() time.Time
}

// NewForgetKeys returns the use case.
func NewForgetKeys(keys Keys, now func() time.Time) *ForgetKeys {
	return &ForgetKeys{keys: keys, now: now}
}

// Do returns how many keys it has deleted. Several replicas may do this at once.
func (uc *ForgetKeys) Do(ctx context.Context) (forgotten int, err error) {
	placedBefore := uc.now().Add(-keyLifetime)
	for {
		n, err := uc.keys.ForgetKeys(ctx, placedBefore, forgetBatch)
		forgotten += n
		if err != nil || n < forgetBatch {
			return forgotten, err
		}
	}
}
