package bench

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWayBackIsMeasuredByTheTimesOfTheOrders(t *testing.T) {
	back := begin.Add(time.Minute)
	order := func(n int, created, ended time.Duration) row {
		return row{CustomerID: customer("p", n), Status: completed, CreatedAt: begin.Add(created), UpdatedAt: begin.Add(ended)}
	}
	g := &Gone{back: back, during: newTally(), since: newTally()}
	g.judge([]row{
		order(1, time.Second, 2*time.Second), // before it was gone
		order(2, 30*time.Second, 62*time.Second),
		order(3, 59*time.Second, 64*time.Second),
		order(4, 61*time.Second, 70*time.Second), // placed after its return
		{CustomerID: customer("p", 5), Status: pending, CreatedAt: begin},
		{CustomerID: customer("q", 6), Status: completed, CreatedAt: begin, UpdatedAt: back.Add(time.Hour)},
	}, "p")
	if g.Pending != 2 || g.Ended != 4 || g.drained != 3 || g.PerS != 0.3 {
		t.Errorf("got %+v", g)
	}
	none := &Gone{back: back, during: newTally(), since: newTally()}
	if none.judge(nil, "p"); none.PerS != 0 {
		t.Errorf("nothing ended: %+v", none)
	}
	(*Gone)(nil).judge(nil, "p") // of a phase in which nothing was gone
}

func TestTallyCountsAnswers(t *testing.T) {
	var nobody *tally
	nobody.add(http.StatusCreated, time.Second, false)
	c := newTally()
	c.add(http.StatusCreated, 2*time.Millisecond, false)
	c.add(http.StatusCreated, 5*time.Second, true) // as its customer wanted
	c.add(http.StatusServiceUnavailable, 4*time.Millisecond, false)
	c.add(0, 15*time.Second, false)
	a := c.answers()
	if a.Accepted != 2 || a.Refused != 1 || a.Unanswered != 1 || a.Latency.Count != 2 || a.Latency.Max > 5 {
		t.Errorf("got %+v, %+v", a, a.Latency)
	}
}

func TestWhatMustNotBeWhileAServerIsGone(t *testing.T) {
	for name, c := range map[string]struct {
		phase  string
		server string
		gone   Gone
		want   string
	}{
		"too much memory":                     {BrokerAway, classBroker, Gone{Memory: map[string]int64{"order": 300 << 20}}, "order took 300 MiB"},
		"refused without a broker":            {BrokerSilent, classBroker, Gone{Meanwhile: Answers{Refused: 3}}, "3 orders were refused"},
		"refused without a database":          {DatabaseAway, classDatabase, Gone{Meanwhile: Answers{Refused: 3}}, ""},
		"refused because the outbox was full": {Backlog, classBroker, Gone{Meanwhile: Answers{Refused: 3}}, ""},
		"all is well":                         {BrokerAway, classBroker, Gone{Memory: map[string]int64{"order": 200 << 20}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.gone.Server = c.server
			p := Phase{Name: c.phase, Gone: &c.gone}
			c.gone.accuse(&p, false)
			if got := strings.Join(p.Faults, "; "); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRaceDetectorMayTakeMemory(t *testing.T) {
	p := Phase{Name: BrokerAway}
	(&Gone{Server: classBroker, Memory: map[string]int64{"order": 300 << 20}}).accuse(&p, true)
	if len(p.Faults) > 0 {
		t.Error(p.Faults)
	}
}

func TestLinesOfAPartOfAFileAreCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(strings.Repeat("one\n", 3)+strings.Repeat("another\n", 100_000)+"the"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := countLines(path, 12, 12+800_000); n != 100_000 || err != nil {
		t.Errorf("%d lines, %v", n, err)
	}
	if n, err := countLines(path, 0, 12); n != 3 || err != nil {
		t.Errorf("%d lines, %v", n, err)
	}
}

func TestDescendants(t *testing.T) {
	table := processTimes{1: {}, 10: {parent: 1}, 11: {parent: 10}, 12: {parent: 10}, 13: {parent: 12}, 20: {parent: 1}}
	all := table.descendants(10)
	if all[0] != 10 || slices.Index(all, 12) > slices.Index(all, 13) {
		t.Errorf("%d is not in order", all)
	}
	if slices.Sort(all); !slices.Equal(all, []int{10, 11, 12, 13}) {
		t.Errorf("got %d", all)
	}
}
