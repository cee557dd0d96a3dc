package bench

import (
	"fmt"
	"slices"
)

// growthFigures are what is compared. Where more is worse, the ratio is still
// that of the system with old orders to the empty one.
var growthFigures = []struct {
	name string
	of   func(Turn) float64
}{
	{"orders/s", func(t Turn) float64 { return t.Closed.PerS }},
	{"CPU s by 1,000", func(t Turn) float64 { return t.Closed.CPUPer1000().System() }},
	{"PostgreSQL's", func(t Turn) float64 { return t.Closed.CPUPer1000()[classDatabase] }},
	{"log KiB by order", func(t Turn) float64 { return t.Moved.LogKiB }},
	{"full pages", func(t Turn) float64 { return t.Moved.Pictures }},
	{"pages read", func(t Turn) float64 { return t.Moved.Read }},
	{"POST p50", func(t Turn) float64 { return t.Closed.Post.p50() }},
	{"POST p99", func(t Turn) float64 { return t.Closed.Post.p99() }},
	{"half due/s", func(t Turn) float64 { return t.Half.Rate }},
	{"half POST p50", func(t Turn) float64 { return t.Half.Post.p50() }},
	{"half POST p99", func(t Turn) float64 { return t.Half.Post.p99() }},
	{"half saga p50", func(t Turn) float64 { return t.Half.Saga.p50() }},
	{"idle POST p50", func(t Turn) float64 { return t.Idle.Post.p50() }},
	{"idle POST p99", func(t Turn) float64 { return t.Idle.Post.p99() }},
	{"idle saga p50", func(t Turn) float64 { return t.Idle.Saga.p50() }},
	{"idle saga p99", func(t Turn) float64 { return t.Idle.Saga.p99() }},
}

func (r Report) printGrowth(t table) {
	g := r.Growth
	if g == nil || len(g.Rounds) == 0 {
		return
	}
	head := []any{"GROWTH, latencies in ms"}
	for _, f := range growthFigures {
		head = append(head, f.name)
	}
	t.row(head...)
	line := func(label string, turn Turn) {
		cells := []any{label}
		for _, f := range growthFigures {
			cells = append(cells, decimals(f.of(turn)))
		}
		t.row(cells...)
	}
	for n, round := range g.Rounds {
		line(fmt.Sprintf("round %d, empty", n+1), round.Empty)
		line(fmt.Sprintf("round %d, %s", n+1, g.label()), round.Old)
	}
	ratios := []any{"old by empty, of medians"}
	for _, f := range growthFigures {
		ratios = append(ratios, g.ratio(f.of))
	}
	t.row(ratios...)
	fmt.Fprintln(t) // ends the columns
}

// phases are those of all turns.
func (g *GrowthReport) phases() (all []Phase) {
	if g == nil {
		return nil
	}
	for _, round := range g.Rounds {
		all = append(all, round.Empty.Closed, round.Empty.Half, round.Empty.Idle,
			round.Old.Closed, round.Old.Half, round.Old.Idle)
	}
	return all
}

func (g GrowthReport) label() string {
	return fmt.Sprintf("%d old orders", g.OldOrders+g.MoreOrders)
}

// ratio is that of the medians over all rounds.
func (g GrowthReport) ratio(of func(Turn) float64) string {
	var empty, old []float64
	for _, round := range g.Rounds {
		empty, old = append(empty, of(round.Empty)), append(old, of(round.Old))
	}
	return share(median(old), median(empty))
}

func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

func (l *Latency) p50() float64 {
	if l == nil {
		return 0
	}
	return l.P50
}

func (l *Latency) max() float64 {
	if l == nil {
		return 0
	}
	return l.Max
}

func (l *Latency) p99() float64 {
	if l == nil {
		return 0
	}
	return l.P99
}
