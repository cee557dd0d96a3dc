package limitkit

import (
	"fmt"
	"testing"
	"time"
)

type watch struct{ at time.Time }

func (w *watch) now() time.Time { return w.at }

func setup(perSecond float64, burst int) (*Limiter, *watch) {
	w := &watch{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return NewLimiter(Config{RateLimitWrites: perSecond, RateLimitBurst: burst}, w.now), w
}

func TestBucketEmptiesAndFills(t *testing.T) {
	l, w := setup(0.5, 3)
	for i, step := range []struct {
		after time.Duration
		want  outcome
	}{
		{0, outcome{allowed: true, left: 2, reset: 2}},
		{0, outcome{allowed: true, left: 1, reset: 4}},
		{0, outcome{allowed: true, left: 0, reset: 6, wait: 2}},
		{0, outcome{allowed: false, left: 0, reset: 6, wait: 2}},
		{time.Second, outcome{allowed: false, left: 0, reset: 5, wait: 1}},
		{time.Second, outcome{allowed: true, left: 0, reset: 6, wait: 2}},
		{time.Hour, outcome{allowed: true, left: 2, reset: 2}},
	} {
		w.at = w.at.Add(step.after)
		if got := l.take("c"); got != step.want {
			t.Errorf("step %d: %+v, want %+v", i, got, step.want)
		}
	}
	if got := l.take("another"); !got.allowed || got.left != 2 {
		t.Errorf("another caller gets %+v", got)
	}
}

func TestWhoeverWaitsAsToldIsLetPass(t *testing.T) {
	for _, perSecond := range []float64{0.3, 1, 7, 1000} {
		l, w := setup(perSecond, 0)
		for l.take("c").allowed {
		}
		w.at = w.at.Add(time.Duration(l.take("c").wait) * time.Second)
		if got := l.take("c"); !got.allowed {
			t.Errorf("%v a second: %+v", perSecond, got)
		}
	}
}

func TestBurstIsASecondsWorth(t *testing.T) {
	for perSecond, policy := range map[float64]string{0.1: `"writes";q=1;w=10`, 1: `"writes";q=1;w=1`, 2.5: `"writes";q=3;w=2`, 1000: `"writes";q=1000;w=1`} {
		if l, _ := setup(perSecond, 0); l.policy != policy {
			t.Errorf("%v a second: %s, want %s", perSecond, l.policy, policy)
		}
	}
}

func TestBucketsAreBounded(t *testing.T) {
	l, w := setup(1, 2)
	l.take("first")
	for i := range 3 * maxCallers {
		w.at = w.at.Add(time.Microsecond)
		l.take(fmt.Sprint(i))
		l.take("busy")
	}
	if len(l.buckets) != maxCallers || l.used.Len() != maxCallers {
		t.Errorf("%d buckets, %d in the list, want %d", len(l.buckets), l.used.Len(), maxCallers)
	}
	if l.take("busy").allowed {
		t.Error("a busy caller's bucket was forgotten")
	}
	if _, kept := l.buckets["first"]; kept {
		t.Error("the one that was idle the longest was kept")
	}
}

func TestNoLimitHasNoLimiter(t *testing.T) {
	if l := NewLimiter(Config{}, time.Now); l != nil {
		t.Errorf("%+v", l)
	}
}
