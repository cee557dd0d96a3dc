//go:build !race

package sim

import (
	"context"
	"testing"

	"orders.internal/shared-kernel/simkit"
)

// The simulation notices when a protection is missing: each of them within so
// many seeds. -v shows how many it took and the simplest run. The race detector
// has nothing to find here that it doesn't in TestPromises, and takes minutes.
func TestEveryProtectionIsNeeded(t *testing.T) {
	for _, missing := range simkit.Protections {
		t.Run(string(missing), func(t *testing.T) {
			failed := Search(context.Background(), 1, within, missing, func(Result) {})
			if failed == nil {
				t.Fatalf("%d seeds do without it", within)
			}
			simplest, runs := Shrink(*failed, missing, 1000)
			if !simplest.breaks(failed.Violations[0].Rule) {
				t.Errorf("the simplest run breaks %v, not %v", simplest.Violations, failed.Violations[0])
			}
			if before, after := failed.Choices.size(), simplest.Choices.size(); after > before/2 {
				t.Errorf("the simplest run found still has %d of %d choices out of the ordinary", after, before)
			}
			t.Logf("found by seed %d; the simplest run, found in %d runs, has %d choices out of the ordinary:\n%s",
				failed.Seed, runs, simplest.Choices.size(), simplest)
		})
	}
}
