package bench

import (
	"fmt"
	"slices"
	"time"
)

// The phases, in their order.
const (
	Saga       = "saga"
	Throughput = "throughput"
	Post       = "post"
	Hot        = "hot"
	Overload   = "overload"
	Bounds     = "bounds"
	Mixed      = "mixed"
)

// Growth compares an empty system with one that is full of old orders. It takes
// minutes and gigabytes to fill one, so it is measured on request only.
const Growth = "growth"

// Statements shows the plans of what the services send to PostgreSQL: of the
// system that is full of old orders, when there is one.
const Statements = "statements"

// What is measured with a server gone under load takes minutes, so it is measured on
// request only, too. A server that is away refuses connections, and one that is
// silent takes them and answers nothing.
const (
	BrokerAway     = "broker-away"
	BrokerSilent   = "broker-silent"
	DatabaseAway   = "database-away"
	DatabaseSilent = "database-silent"
	Backlog        = "backlog" // orders are taken without a broker until the outbox is full

	Outage = "outage" // all five
)

var outages = []string{BrokerAway, BrokerSilent, DatabaseAway, DatabaseSilent, Backlog}

// onRequest are the phases that are measured on request only.
var onRequest = slices.Concat([]string{Growth, Statements, Outage}, outages)

// Phases lists all but those that are measured on request only.
var Phases = []string{Saga, Throughput, Post, Hot, Overload, Bounds, Mixed}

// Plan says what is measured and for how long.
type Plan struct {
	Seed     uint64
	Phases   []string // of Phases
	Clients  int      // of the closed loop
	InFlight int      // orders that may be pending at once in the closed loop; 0: as many as come of it
	Products int      // that ordinary orders choose from
	Keys     bool     // each order comes with an idempotency key of its own
	Segments int      // of the WAL that are left for reuse when it begins, 60 at most

	WarmUp     time.Duration
	Throughput time.Duration // of placing orders; all phases last until the last order has ended
	Maximum    time.Duration // of the same, to know the maximum at the time of another phase
	Hot        time.Duration
	Mixed      time.Duration
	Saga       time.Duration // half as long with clients that wait, and a quarter twice for what an order waits for alone
	Post       time.Duration // for each rate
	Overload   time.Duration
	Bound      time.Duration // of a turn of a raw bound; one of the system takes twice as long
	Turns      int           // of each

	OldOrders  int           // in the filled system, with all their rows
	MoreOrders int           // in its orders table alone
	Rounds     int           // of measuring one system after the other, in each of three ways
	Growth     time.Duration // of placing orders, in each round
	GrowthIdle time.Duration // at sagaRate, in each round
	Explain    time.Duration // of placing orders while PostgreSQL explains what it does

	Outage     time.Duration // that a server is gone
	OutageRate float64       // orders a second meanwhile; 0: half of the maximum
	Backlog    int           // events that fill the outbox

	Drain time.Duration // the longest wait for the orders of a phase to end
}

// sagaRate is the rate in orders a second at which the system is as good as idle.
const sagaRate = 20

// postShares are the shares of the maximum at which the latency of POST is measured.
var postShares = []float64{0.3, 0.5, 0.7}

// crowdBegins is how many seconds it takes, about, until the first queue of an overload has
// come and gone.
const crowdBegins = 10

// loopBegins is how many it takes, about, until as many orders end as a closed loop places.
const loopBegins = 2

// steadyFrom is how many seconds a phase has to last for that to be left out.
const steadyFrom = 3 * loopBegins

// overloadShare of the maximum is more than the system can take.
const overloadShare = 2

// Full returns the plan of about nine minutes.
func Full() Plan {
	return Plan{
		Seed: 1, Phases: Phases, Clients: 256, InFlight: 2048, Products: 300, Segments: 56,
		WarmUp: 10 * time.Second, Throughput: time.Minute, Maximum: 10 * time.Second, Hot: time.Minute, Mixed: 30 * time.Second,
		Saga: 30 * time.Second, Post: 20 * time.Second, Overload: 30 * time.Second, Bound: 6 * time.Second, Turns: 3,
		OldOrders: 2_000_000, MoreOrders: 10_000_000, Rounds: 12, Growth: 10 * time.Second, GrowthIdle: 10 * time.Second,
		Explain: 5 * time.Second,
		Outage:  time.Minute, Backlog: 100_000,
		Drain: 6 * time.Minute,
	}
}

// Quick returns the same in less than two minutes.
func Quick() Plan {
	p := Full()
	p.Segments = 24
	p.WarmUp, p.Throughput, p.Maximum, p.Hot, p.Mixed = 2*time.Second, 8*time.Second, 3*time.Second, 4*time.Second, 4*time.Second
	p.Saga, p.Post, p.Overload, p.Bound = 4*time.Second, 3*time.Second, 4*time.Second, 1500*time.Millisecond
	p.Turns = 1
	p.Outage, p.Backlog = 10*time.Second, 5000
	p.Drain = time.Minute
	return p
}

// Check says what is wrong with the plan, "" when nothing is.
func (p Plan) Check() string {
	for _, phase := range p.Phases {
		if !slices.Contains(Phases, phase) && !slices.Contains(onRequest, phase) {
			return fmt.Sprintf("there is no phase %q; there are %v and, on request, %v", phase, Phases, onRequest)
		}
	}
	switch {
	case len(p.Phases) == 0:
		return "there has to be a phase"
	case p.Clients < 1 || p.Clients > 10_000:
		return fmt.Sprintf("clients must be 1 to 10000, not %d", p.Clients)
	case p.InFlight < 0:
		return fmt.Sprintf("orders in flight can't be bounded to %d", p.InFlight)
	case p.OldOrders < 0 || p.MoreOrders < 0 || p.Rounds < 1:
		return fmt.Sprintf("growth needs a round, and no less than no orders, not %d, %d and %d", p.Rounds, p.OldOrders, p.MoreOrders)
	case p.Outage < 0 || p.OutageRate < 0 || p.Backlog < 1:
		return fmt.Sprintf("outages need no less than no time, no orders a second and an event, not %v, %v and %d", p.Outage, p.OutageRate, p.Backlog)
	case p.Throughput < time.Second:
		return fmt.Sprintf("throughput has to be measured for a second at least, not %v", p.Throughput)
	}
	return ""
}

func (p Plan) has(phase string) bool {
	return slices.Contains(p.Phases, phase) || slices.Contains(outages, phase) && slices.Contains(p.Phases, Outage)
}
