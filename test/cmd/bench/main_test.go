package main

import (
	"errors"
	"io"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"orders.internal/test/bench"
)

func TestParse(t *testing.T) {
	got, err := parse([]string{"--quick", "--seed", "7", "--only", "throughput,bounds", "--clients", "32", "--in-flight", "0",
		"--duration", "5s", "--json", "a", "--plot", "b", "--profile", "c", "--log-level", "WARN",
		"--gone", "3s", "--gone-rate", "50", "--backlog", "77", "--keys"}, io.Discard)
	want := options{plan: bench.Quick(), json: "a", plot: "b", profile: "c", logLevel: "WARN"}
	want.plan.Seed, want.plan.Phases, want.plan.Clients, want.plan.InFlight = 7, []string{"throughput", "bounds"}, 32, 0
	want.plan.Throughput, want.plan.Keys = 5*time.Second, true
	want.plan.Outage, want.plan.OutageRate, want.plan.Backlog = 3*time.Second, 50, 77
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if got, err := parse(nil, io.Discard); err != nil || !reflect.DeepEqual(got.plan, bench.Full()) {
		t.Errorf("without flags: %+v, %v", got, err)
	}
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	for _, wrong := range [][]string{
		{"--fast"}, {"--clients", "0"}, {"--clients", "many"}, {"--in-flight", "-1"}, {"--duration", "10"}, {"--duration", "0s"},
		{"--backlog", "0"}, {"--gone", "-1s"}, {"--gone-rate", "-1"},
		{"--only", "throughput,luck"}, {"--only", ""}, {"throughput"}, {"--seed", "-1"},
	} {
		if got, err := parse(wrong, io.Discard); !errors.Is(err, errUsage) {
			t.Errorf("%v: got %+v, %v", wrong, got, err)
		}
	}
}

func TestFilesAreMadeBeforeTheWork(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no", "such", "folder")
	for _, o := range []options{{json: missing}, {plot: missing}} {
		if _, err := o.create(); !errors.Is(err, errUsage) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
