package rabbitkit

import (
	"testing"
	"time"
)

func TestBackoffDoublesUpToItsMost(t *testing.T) {
	t.Parallel()
	b := backoff{first: 100 * time.Millisecond, most: time.Second}
	for failures, full := range map[int]time.Duration{
		1: 100 * time.Millisecond, 2: 200 * time.Millisecond, 4: 800 * time.Millisecond, 5: time.Second, 1_000_000: time.Second,
	} {
		for range 100 {
			if wait := b.after(failures); wait < full/2 || wait > full {
				t.Fatalf("after %d failures: %s, want %s to %s", failures, wait, full/2, full)
			}
		}
	}
}
