package obs

import (
	"testing"
	"time"
)

func TestSparingLetsOneLineThroughAndCountsTheOthers(t *testing.T) {
	now := time.Unix(1000, 0)
	s := NewSparing(time.Second, func() time.Time { return now })
	for n, step := range []struct {
		after time.Duration
		left  int
		yes   bool
	}{
		{0, 0, true}, {0, 0, false}, {999 * time.Millisecond, 0, false}, {time.Millisecond, 2, true},
		{time.Hour, 0, true}, {time.Millisecond, 0, false}, {-time.Minute, 1, true},
	} {
		now = now.Add(step.after)
		if left, yes := s.Turn(); left != step.left || yes != step.yes {
			t.Errorf("step %d: %d, %v; want %d, %v", n, left, yes, step.left, step.yes)
		}
	}
}
