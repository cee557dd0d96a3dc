package faults

import (
	"slices"
	"testing"
	"time"
)

func drained(names ...string) Report {
	r := Report{Drained: true}
	for _, name := range names {
		r.Stops = append(r.Stops, StopResult{Name: name, Took: time.Second, Exit: cleanExit})
	}
	return r
}

func TestDrainFails(t *testing.T) {
	everyOneBut := func(missing string) Report {
		return drained(slices.DeleteFunc(everyReplica(), func(name string) bool { return name == missing })...)
	}
	for name, c := range map[string]struct {
		report Report
		want   int // failures
	}{
		"nothing went wrong":      {drained(everyReplica()...), 0},
		"it is no drain":          {Report{}, 0},
		"nothing was stopped":     {drained(), len(everyReplica())},
		"one was not stopped":     {everyOneBut("payment-2"), 1},
		"one was killed":          {changedReport(func(r *Report) { r.Stops[3].Exit = "signal: killed" }), 1},
		"one took long":           {changedReport(func(r *Report) { r.Stops[3].Took = leaveWithin + 1 }), 1},
		"a customer was cut off":  {changedReport(func(r *Report) { r.Traffic.CutFresh = 1 }), 1},
		"a reader was never told": {changedReport(func(r *Report) { r.Reads.Late = 1 }), 1},
		"a reader was not let in": {changedReport(func(r *Report) { r.Reads.Refused = 1 }), 0},
	} {
		if got := c.report.failures(); len(got) != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// changedReport is one of a drain that went well, with a change.
func changedReport(change func(*Report)) Report {
	r := drained(everyReplica()...)
	change(&r)
	return r
}
