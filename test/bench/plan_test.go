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

// What is not placing orders, draining and starting, has the rest of two minutes.
func TestQuickPlanLeavesTimeForTheRest(t *testing.T) {
	p := Quick()
	placing := p.WarmUp + p.Throughput + p.Saga + time.Duration(len(postShares))*p.Post + p.Hot + p.Overload + p.Mixed +
		time.Duration(len(rowBatches)+1)*p.Bound
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
		"too short":          {func(p *Plan) { p.Throughput = 0 }, "second"},
		"rate of nothing":    {func(p *Plan) { p.Phases = []string{Post} }, "throughput"},
		"twice nothing":      {func(p *Plan) { p.Phases = []string{Overload} }, "throughput"},
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
