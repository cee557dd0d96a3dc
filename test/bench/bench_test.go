package bench

import (
	"os"
	"os/signal"
	"slices"
	"strings"
	"testing"
	"time"

	"orders.internal/test/stack/console"
)

// enabled is the variable that has to be 1 for the tests that start servers.
const enabled = "TEST_E2E"

// shortest plan that has everything.
func tiny() Plan {
	p := Quick()
	p.Clients, p.InFlight, p.Products, p.Segments = 16, 200, 20, 40
	p.WarmUp, p.Throughput, p.Maximum, p.Hot, p.Mixed = 100*time.Millisecond, time.Second, 300*time.Millisecond, 300*time.Millisecond, time.Second
	p.Saga, p.Post, p.Overload, p.Bound = time.Second, 500*time.Millisecond, 500*time.Millisecond, 300*time.Millisecond
	p.Phases = append(slices.Clone(Phases), Growth, Statements, BrokerSilent, DatabaseAway, Backlog)
	p.Turns = 2
	p.Outage, p.Backlog = time.Second, 20 // so few events that later phases are refused orders if this bound stays
	p.OldOrders, p.MoreOrders, p.Rounds, p.Growth, p.GrowthIdle, p.Explain = 200, 300, 1, time.Second, time.Second, time.Second
	return p
}

func TestEverythingIsMeasured(t *testing.T) {
	if os.Getenv(enabled) != "1" {
		t.Logf("not run: it starts servers; set %s=1, or use ./task test", enabled)
		return
	}
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
	profiles := t.TempDir()
	report, err := Run(ctx, tiny(), Options{Profile: profiles, Progress: console.NewProgress(t.Output())})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	report.Print(&text)
	if t.Log(text.String()); report.Failed() {
		t.Fail()
	}
	var phases []string
	for _, p := range report.Phases {
		phases = append(phases, p.Name)
		if p.endedOrders() < 1 || p.PerS <= 0 || (p.Post == nil) != (p.Name == sagaWaited) || p.Ended <= 0 || p.Settled < p.Ended {
			t.Errorf("measured of %s: %+v", p.Name, p)
		}
	}
	if want := []string{Saga, sagaWaited, Throughput, "maximum-post", "post-30", "post-50", "post-70", "maximum-hot", Hot, "maximum-overload", Overload, besideRefusals, BrokerSilent, DatabaseAway, Backlog, Mixed}; !slices.Equal(phases, want) {
		t.Errorf("phases %v, want %v", phases, want)
	}
	if p, _ := report.find(sagaWaited); p.Waited == nil || p.Waited.P50 < p.Saga.P50 {
		t.Errorf("clients waited %+v for what took %+v", p.Waited, p.Saga)
	}
	if p, _ := report.find(besideRefusals); p.Crowd == nil || p.Crowd.Refused < 1 {
		t.Errorf("beside a crowd: %+v", p.Crowd)
	}
	if report.Segments < tiny().Segments {
		t.Errorf("%d segments of the WAL were left", report.Segments)
	}
	if p := report.Path; p == nil || p.Count != 2*int64(sagaRate*(tiny().Saga/4).Seconds()) || p.P50 <= 0 {
		t.Errorf("the path of an order took %+v", p)
	}
	if p, _ := report.find(Overload); p.Rate <= 0 || p.Rate != overloadShare*report.maximum(Overload) {
		t.Errorf("overload is %v a second of %v", p.Rate, report.maximum(Overload))
	}
	if mixed, _ := report.find(Mixed); len(mixed.Ends) < 3 {
		t.Errorf("mixed outcomes are %v", mixed.Ends)
	}
	for _, name := range []string{BrokerSilent, DatabaseAway, Backlog} {
		p, _ := report.find(name)
		if g := p.Gone; g == nil || g.For < 1 || g.Meanwhile.Accepted+g.Meanwhile.Refused == 0 || g.PerS <= 0 || g.Memory["order"] == 0 {
			t.Errorf("measured of %s: %+v", name, g)
		}
	}
	if p, _ := report.find(Backlog); p.Gone.Held < tiny().Backlog || p.Refused == 0 {
		t.Errorf("%d events were held and %d orders refused", p.Gone.Held, p.Refused)
	}
	if l := report.Limits; l == nil || len(l.Rows) != len(rowBatches) || len(report.LimitTurns) != 2 || l.Both.PerS <= 0 || l.System.PerS <= 0 {
		t.Errorf("limits %+v", l)
	}
	if g := report.Growth; g == nil || len(g.Closed) != 1 || g.Closed[0].Old.PerS <= 0 || len(g.Half) != 1 || g.Half[0].Old.Post == nil || len(g.Idle) != 1 || g.Rows < 2000 {
		t.Errorf("growth %+v", g)
	}
	if s := report.Statements; s == nil || len(s.Statements) < 15 || len(s.Tables) < 8 ||
		!slices.ContainsFunc(s.Statements, func(s Statement) bool { return strings.Contains(s.SQL, "idempotency_keys") }) {
		t.Errorf("statements %+v", s)
	}
	for _, name := range []string{"order.cpu.pprof", "payment.heap.pprof", "notification.mutex.pprof"} {
		if info, err := os.Stat(profiles + "/" + name); err != nil || info.Size() == 0 {
			t.Errorf("profile %s: %v, %v", name, info, err)
		}
	}
}
