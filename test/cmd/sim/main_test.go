package main

import (
	"strings"
	"testing"

	"orders.internal/shared-kernel/simkit"
)

func TestParse(t *testing.T) {
	got, err := parse([]string{"--seeds", "20", "--from", "7", "--without", "gateway-key"})
	if want := (options{from: 7, seeds: 20, without: simkit.GatewayKey}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for _, wrong := range [][]string{{"-seeds", "0"}, {"-without", "luck"}, {"everything"}, {"-from", "-1"}} {
		if got, err := parse(wrong); err == nil {
			t.Errorf("%v: got %+v", wrong, got)
		}
	}
}

func TestKeptPromisesAreCounted(t *testing.T) {
	var out, errOut strings.Builder
	if !run(t.Context(), options{from: 1, seeds: 20}, &out, &errOut) {
		t.Error("a promise was broken")
	}
	for _, want := range []string{"20 of 20 seeds", "orders", "every promise was kept"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, &out)
		}
	}
}

func TestBrokenPromiseIsShownWithItsSimplestRun(t *testing.T) {
	var out, errOut strings.Builder
	if run(t.Context(), options{from: 1, seeds: 100, without: simkit.OrderTransitions}, &out, &errOut) {
		t.Error("no promise was broken")
	}
	for _, want := range []string{"fails", "BROKEN", "the simplest run", "add order order-1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, &out)
		}
	}
}

func TestTraceShowsTheWholeRun(t *testing.T) {
	var out, errOut strings.Builder
	if !run(t.Context(), options{from: 3, seeds: 1, trace: true}, &out, &errOut) || !strings.Contains(out.String(), "add order order-1") {
		t.Errorf("the trace is:\n%s", &out)
	}
}
