package bench

import (
	"strings"
	"testing"
	"time"
)

func TestPlansAreSound(t *testing.T) {
	for name, p := range map[string]Plan{"full": Full(), "quick": Quick()} {
		if problem := p.Check(); problem != "" {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

func TestOutageStandsForAllOfThem(t *testing.T) {
	p := Full()
	for _, phase := range outages {
		if p.has(phase) {
			t.Errorf("%s is measured without being asked for", phase)
		}
	}
	p.Phases = []string{Outage}
	for _, phase := range append(outages, Outage) {
		if !p.has(phase) || p.Check() != "" {
			t.Errorf("%s is not measured: %s", phase, p.Check())
		}
	}
	if p.has(Throughput) || p.has(Growth) {
		t.Error("more is measured than was asked for")
	}
	p.Phases = []string{DatabaseSilent}
	if !p.has(DatabaseSilent) || p.has(DatabaseAway) || p.Check() != "" {
		t.Errorf("one alone: %s", p.Check())
	}
}

// What is not placing orders, draining and starting, has the rest of two minutes.
func TestQuickPlanLeavesTimeForTheRest(t *testing.T) {
	p := Quick()
	placing := p.WarmUp + p.Throughput + 4*p.Maximum + 2*p.Saga + time.Duration(len(postShares))*p.Post + p.Hot + p.Overload + p.Mixed +
		time.Duration(p.Turns*(len(rowBatches)+4))*p.Bound
	if placing > time.Minute {
		t.Errorf("orders are placed for %v", placing)
	}
}

func TestUnsoundPlansAreExplained(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Plan)
		want   string
	}{
		"unknown phase":      {func(p *Plan) { p.Phases = []string{"sleep"} }, `"sleep"`},
		"no phase":           {func(p *Plan) { p.Phases = nil }, "phase"},
		"no clients":         {func(p *Plan) { p.Clients = 0 }, "clients"},
		"negative in flight": {func(p *Plan) { p.InFlight = -1 }, "in flight"},
		"no backlog":         {func(p *Plan) { p.Backlog = 0 }, "event"},
		"negative outage":    {func(p *Plan) { p.Outage = -1 }, "time"},
		"too short":          {func(p *Plan) { p.Throughput = 0 }, "second"},
	} {
		t.Run(name, func(t *testing.T) {
			p := Full()
			c.change(&p)
			if got := p.Check(); !strings.Contains(got, c.want) {
				t.Errorf("got %q, want it to name %s", got, c.want)
			}
		})
	}
}
