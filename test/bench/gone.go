package bench

import (
	"fmt"
	"time"
)

// Gone is what came of a server's absence under load.
type Gone struct {
	Server string  `json:"server"` // classDatabase or classBroker
	How    string  `json:"how"`    // stopped or silent
	For    float64 `json:"for_s"`  // until it was ready again

	Meanwhile Answers            `json:"meanwhile"`                // to what was due while it was gone
	After     Answers            `json:"after"`                    // to what was due then
	Memory    map[string]int64   `json:"memory_bytes"`             // the peak of each service, from before until all is done; 0: not measured
	CPUs      map[string]float64 `json:"cpus"`                     // that each service used while it was gone
	Lines     map[string]float64 `json:"lines_per_s"`              // that each service logged while it was gone
	Held      int                `json:"held"`                     // events in the outboxes in the end
	Published float64            `json:"published_s"`              // from its return until none of those was left
	Pending   int                `json:"pending"`                  // orders, when it came back
	Ended     float64            `json:"ended_s"`                  // from its return until none of those was left
	PerS      float64            `json:"drained_per_s"`            // orders that ended, from its return until the last one
	Way       CPU                `json:"way_back_cpu_s,omitempty"` // from its return until all is done, by 1,000 of these orders

	back          time.Time
	used          CPU // when it came back
	drained       int // orders, from then on
	during, since *tally
}

// eventsByOrder are those of a completed order: OrderCreated, InventoryReserved,
// PaymentProcessed and OrderConfirmed.
const eventsByOrder = 4

// judge measures the way back with the times of the phase's orders.
func (g *Gone) judge(orders []row, phase string) {
	if g == nil {
		return
	}
	g.Meanwhile, g.After = g.during.answers(), g.since.answers()
	last := g.back
	for _, o := range orders {
		if _, ours := o.number(phase); !ours || o.Status == pending || !o.UpdatedAt.After(g.back) {
			continue
		}
		g.drained++
		if o.UpdatedAt.After(last) {
			last = o.UpdatedAt
		}
		if !o.CreatedAt.After(g.back) {
			g.Pending++
			g.Ended = max(g.Ended, o.UpdatedAt.Sub(g.back).Seconds())
		}
	}
	if long := last.Sub(g.back).Seconds(); long > 0 {
		g.PerS = float64(g.drained) / long
	}
}

// restarted tells that the server is another process than it was before, with its
// own CPU time.
func (g *Gone) restarted() bool { return g != nil && g.How == stopped }

// mostMemory is what a service may take, whatever is gone.
const mostMemory = 256 << 20

// accuse names what must not be. Services that are built with the race detector take
// several times the memory, and aren't held to the limit.
func (g *Gone) accuse(p *Phase, race bool) {
	for service, peak := range g.Memory {
		if peak > mostMemory && !race {
			p.fault("%s took %d MiB of memory", service, peak>>20)
		}
	}
	if n := g.Meanwhile.Refused; p.Name != Backlog && g.Server == classBroker && n > 0 {
		p.fault("%d orders were refused, though the outbox had room", n)
	}
}

// String sums it up in one line.
func (g *Gone) String() string {
	text := fmt.Sprintf("%s %s for %s: %d orders accepted, %d refused", g.Server, g.How, seconds(g.For), g.Meanwhile.Accepted, g.Meanwhile.Refused)
	if l := g.Meanwhile.Latency; l != nil {
		text += fmt.Sprintf(" (p50 %s ms, p99 %s ms)", decimals(l.P50), decimals(l.P99))
	}
	return text + fmt.Sprintf("; %d events published %s after its return, %d pending orders ended after %s", g.Held, seconds(g.Published), g.Pending, seconds(g.Ended))
}
