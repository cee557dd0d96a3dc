package sim

import (
	"context"
	"slices"
	"testing"

	"orders.internal/shared-kernel/simkit"
)

// The promises of the saga hold under every mixture of faults, and the seeds do
// contain each of them.
func TestPromises(t *testing.T) {
	var stats Stats
	if failed := Search(context.Background(), 1, seeds, "", func(r Result) { stats.Add(r.Stats) }); failed != nil {
		simplest, _ := Shrink(*failed, "", 1000)
		t.Fatalf("seed %d:\n%s\nthe simplest run that breaks the same:\n%s", failed.Seed, failed, simplest)
	}
	t.Logf("%d steps:\n%s", stats.Turns, stats)
	const some = seeds / 40
	for what, count := range map[string]int{
		"completed order": stats.Completed, "refunded order": stats.Refunded, "crash": stats.Crashes, "freeze": stats.Freezes,
		"lull": stats.Lulls, "duplicate": stats.Duplicates, "message held back": stats.HeldBack,
		"redelivery": stats.Redeliveries, "outage": stats.Outages, "lost answer": stats.LostAnswers,
		"lost confirmation": stats.LostConfirms, "restocking": stats.Restocks,
	} {
		if count < some {
			t.Errorf("there are only %d of: %s", count, what)
		}
	}
	for _, reason := range []string{"CUSTOMER_REQUEST", "INVENTORY_UNAVAILABLE", "PAYMENT_FAILED", "TIMEOUT"} {
		if stats.Cancelled[reason] < some {
			t.Errorf("only %d orders were cancelled for %s", stats.Cancelled[reason], reason)
		}
	}
	if len(stats.Detours) != 7 {
		t.Errorf("these ways only were gone: %v", stats.Detours)
	}
}

// A seed makes the same run each time, and so do the choices that it made.
func TestRunsRepeat(t *testing.T) {
	for _, missing := range []simkit.Protection{"", simkit.OrderTransitions} {
		for seed := range uint64(repeated) {
			first, again := Trace(seed, missing), Trace(seed, missing)
			wantSame(t, first, again)
			wantSame(t, first, Replay(first.Choices, missing))
			wantSame(t, first, Replay(first.Choices.plain(), missing))
		}
	}
}

func wantSame(t *testing.T, first, again Result) {
	t.Helper()
	if !slices.Equal(first.Trace, again.Trace) || !slices.Equal(first.Violations, again.Violations) {
		t.Fatalf("seed %d: first\n%s\nagain\n%s", first.Seed, first, again)
	}
}

// Without choices nothing goes wrong: one order is placed and completed.
func TestOrdinaryRun(t *testing.T) {
	r := Replay(Choices{}, "")
	if len(r.Violations) > 0 || r.Stats.Completed != 1 || r.Choices.size() != 0 {
		t.Errorf("%+v\n%s", r.Stats, r)
	}
}

func TestSearchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	failed := Search(ctx, 1, 1_000_000, "", func(Result) {
		if runs++; runs == 3 {
			cancel()
		}
	})
	if failed != nil || runs > 100 {
		t.Errorf("%d runs, %v", runs, failed)
	}
}
