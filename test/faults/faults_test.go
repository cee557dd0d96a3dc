package faults

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"testing"

	"orders.internal/test/stack/console"
)

// enabled is the variable that has to be 1 for the tests that start servers.
const enabled = "TEST_E2E"

// seed of the tests: they should do the same each time. ./task faults takes
// other ones.
const seed = 1

func run(t *testing.T, do func(context.Context, Options) (Report, error)) {
	t.Helper()
	if os.Getenv(enabled) != "1" {
		t.Logf("not run: it starts servers; set %s=1, or use ./task test", enabled)
		return
	}
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
	report, err := do(ctx, Options{Rate: 10, Progress: console.NewProgress(t.Output())})
	var text strings.Builder
	report.Print(&text)
	t.Log(text.String())
	if err != nil {
		t.Error(err)
	}
	if report.Failed() {
		t.Fail()
	}
}

func TestSystemOutlastsFaults(t *testing.T) {
	run(t, func(ctx context.Context, o Options) (Report, error) { return Run(ctx, Short(seed), o) })
}

func TestRestartsAreNotNoticed(t *testing.T) {
	run(t, func(ctx context.Context, o Options) (Report, error) {
		return Drain(ctx, seed, 0, o) // each replica once
	})
}
