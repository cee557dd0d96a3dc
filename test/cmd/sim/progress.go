package main

import (
	"fmt"
	"io"
	"time"

	"orders.internal/test/sim"
)

// between is how often the progress is shown.
const between = 2 * time.Second

// progress says how far the runs are and how fast they go.
type progress struct {
	out   io.Writer
	seeds int
	begin time.Time
	shown time.Time
	stats sim.Stats
}

func newProgress(out io.Writer, seeds int) *progress {
	now := time.Now()
	return &progress{out: out, seeds: seeds, begin: now, shown: now}
}

// finished counts a run.
func (p *progress) finished(r sim.Result) {
	p.stats.Add(r.Stats)
	if now := time.Now(); now.Sub(p.shown) >= between {
		p.shown = now
		fmt.Fprintln(p.out, p.line())
	}
}

func (p *progress) line() string {
	took := time.Since(p.begin)
	return fmt.Sprintf("%d of %d seeds, %.0f a second, %d steps", p.stats.Runs, p.seeds,
		float64(p.stats.Runs)/took.Seconds(), p.stats.Turns)
}
