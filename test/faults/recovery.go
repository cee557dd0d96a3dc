package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// A probe counts when it is through within probeTime, and the system has
	// recovered when probesInARow do.
	probeTime    = 2 * time.Second
	probesInARow = 4
	pollEvery    = 20 * time.Millisecond
	backlogEvery = 250 * time.Millisecond
	// recoverTime bounds the wait for recovery.
	recoverTime = 2 * time.Minute
)

// Recovery is how long the system took after the end of a fault.
type Recovery struct {
	Again    time.Duration // until orders complete again, each in two seconds
	CaughtUp time.Duration // until all orders from before the fault's end have ended
}

// recover measures how the system recovers from what ended at the time given.
func (s *shop) recover(ctx context.Context, ended time.Time, r *rand.Rand) (Recovery, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, recoverTime, fmt.Errorf("not recovered after %v", recoverTime))
	defer cancel()
	var done Recovery
	row, first := 0, time.Duration(0)
	for n := 0; row < probesInARow; n++ {
		if err := ctx.Err(); err != nil {
			return done, context.Cause(ctx)
		}
		if !s.probe(ctx, r, n) {
			row = 0
			continue
		}
		if row++; row == 1 {
			first = time.Since(ended)
		}
	}
	done.Again = first
	for {
		old, err := s.pendingSince(ctx, ended)
		if err == nil && old == 0 {
			done.CaughtUp = time.Since(ended)
			return done, nil
		}
		if sleep(ctx, backlogEvery) != nil {
			return done, fmt.Errorf("%w: %d orders from before are still pending", context.Cause(ctx), old)
		}
	}
}

// probe places an order and tells whether it completed in time.
func (s *shop) probe(ctx context.Context, r *rand.Rand, n int) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	e := s.serve(ctx, probing, probing.place(r, fmt.Sprintf("%s-probe-%d-%d", s.run, time.Now().UnixNano(), n)), n, 0)
	if e.outcome != accepted {
		_ = sleep(ctx, pollEvery) // a refusal comes at once
		return false
	}
	for {
		o, err := get[order](ctx, s.client, s.urls[n%len(s.urls)]+"/api/orders/"+e.id)
		if err == nil && o.Status == completed {
			return true
		}
		if sleep(ctx, pollEvery) != nil {
			return false
		}
	}
}

// pendingSince counts the pending orders that were placed before the time given.
func (s *shop) pendingSince(ctx context.Context, before time.Time) (int, error) {
	orders, err := s.orders(ctx, "status="+pending)
	n := 0
	for _, o := range orders {
		if o.CreatedAt.Before(before) {
			n++
		}
	}
	return n, err
}
