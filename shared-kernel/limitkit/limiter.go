// Package limitkit bounds how often each caller writes. It counts in the
// process: of a service with n replicas, a caller may get n times as much.
package limitkit

import (
	"container/list"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxCallers is how many buckets are kept. Past it the one goes that was idle
// the longest; most likely it is full again, and then nothing is forgotten.
const maxCallers = 10_000

// Limiter has a token bucket for each caller.
type Limiter struct {
	perSecond rate.Limit
	burst     int
	now       func() time.Time
	policy    string // the RateLimit-Policy header

	mu      sync.Mutex
	buckets map[string]*list.Element // of *bucket
	used    *list.List               // the last used first
}

type bucket struct {
	caller string
	tokens *rate.Limiter
}

// NewLimiter returns a limiter, or nil when there is no limit.
func NewLimiter(c Config, now func() time.Time) *Limiter {
	if c.RateLimitWrites == 0 {
		return nil
	}
	burst := c.burst()
	window := seconds(float64(burst) / c.RateLimitWrites)
	return &Limiter{
		perSecond: rate.Limit(c.RateLimitWrites), burst: burst, now: now,
		policy:  fmt.Sprintf(`"writes";q=%d;w=%d`, burst, window),
		buckets: map[string]*list.Element{}, used: list.New(),
	}
}

// outcome is what came of one write.
type outcome struct {
	allowed bool
	left    int // writes that may follow at once
	reset   int // seconds until all of them may
	wait    int // seconds until the next may; 0 when it may now
}

// take counts a write of the caller, if it is allowed.
func (l *Limiter) take(caller string) outcome {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.bucket(caller)
	allowed := bucket.AllowN(now, 1)
	tokens := bucket.TokensAt(now)
	return outcome{
		allowed: allowed,
		left:    max(0, int(tokens)),
		reset:   l.secondsUntil(float64(l.burst) - tokens),
		wait:    l.secondsUntil(1 - tokens),
	}
}

// bucket returns the caller's bucket, a full one when there is none.
func (l *Limiter) bucket(caller string) *rate.Limiter {
	if found, there := l.buckets[caller]; there {
		l.used.MoveToFront(found)
		return found.Value.(*bucket).tokens
	}
	if l.used.Len() >= maxCallers {
		idle := l.used.Back()
		delete(l.buckets, l.used.Remove(idle).(*bucket).caller)
	}
	fresh := &bucket{caller: caller, tokens: rate.NewLimiter(l.perSecond, l.burst)}
	l.buckets[caller] = l.used.PushFront(fresh)
	return fresh.tokens
}

// secondsUntil returns how long it takes for so many tokens to come in.
func (l *Limiter) secondsUntil(tokens float64) int {
	return seconds(max(0, tokens) / float64(l.perSecond))
}

// seconds rounds up: who waits for so many has waited long enough.
func seconds(s float64) int { return int(math.Ceil(s)) }
