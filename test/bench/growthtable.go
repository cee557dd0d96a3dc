package bench

import (
	"fmt"
	"slices"
)

// figure is what is compared, of one turn.
type figure struct {
	name string
	of   func(Turn) float64
}

var (
	speed   = figure{"orders/s", func(t Turn) float64 { return t.PerS }}
	due     = figure{"due/s", func(t Turn) float64 { return t.Rate }}
	postP50 = figure{"POST p50", func(t Turn) float64 { return t.Post.p50() }}
	postP99 = figure{"POST p99", func(t Turn) float64 { return t.Post.p99() }}
	sagaP50 = figure{"saga p50", func(t Turn) float64 { return t.Saga.p50() }}
	sagaP99 = figure{"saga p99", func(t Turn) float64 { return t.Saga.p99() }}

	// What an order costs.
	costs = []figure{
		{"CPU s by 1,000", func(t Turn) float64 { return t.CPUPer1000().System() }},
		{"PostgreSQL's", func(t Turn) float64 { return t.CPUPer1000()[classDatabase] }},
		{"log KiB by order", func(t Turn) float64 { return t.Moved.LogKiB }},
		{"full pages", func(t Turn) float64 { return t.Moved.Pictures }},
		{"pages read", func(t Turn) float64 { return t.Moved.Read }},
	}
)

func (r Report) printGrowth(t table) {
	g := r.Growth
	if g == nil {
		return
	}
	for _, kind := range []struct {
		name    string
		rounds  []Round
		figures []figure
	}{
		{"closed loop", g.Closed, append([]figure{speed, postP50, postP99, sagaP50}, costs...)},
		{"half of that", g.Half, append([]figure{due, postP50, postP99, sagaP50, sagaP99}, costs...)},
		{"idle", g.Idle, []figure{due, postP50, postP99, sagaP50, sagaP99}},
	} {
		if len(kind.rounds) > 0 {
			g.printRounds(t, kind.name, kind.rounds, kind.figures)
		}
	}
}

// printRounds prints the turns of one kind. Where more is worse, the ratio is still that of the
// system with old orders to the empty one.
func (g GrowthReport) printRounds(t table, kind string, rounds []Round, figures []figure) {
	row := func(label string, cell func(figure) any) {
		cells := []any{label}
		for _, f := range figures {
			cells = append(cells, cell(f))
		}
		t.row(cells...)
	}
	row("GROWTH, "+kind+", latencies in ms", func(f figure) any { return f.name })
	for n, round := range rounds {
		row(fmt.Sprintf("round %d, empty", n+1), func(f figure) any { return decimals(f.of(round.Empty)) })
		row(fmt.Sprintf("round %d, %s", n+1, g.label()), func(f figure) any { return decimals(f.of(round.Old)) })
	}
	row("old by empty, of medians", func(f figure) any {
		return share(medianOf(rounds, func(r Round) float64 { return f.of(r.Old) }), medianOf(rounds, func(r Round) float64 { return f.of(r.Empty) }))
	})
	row("the same, median of the pairs", func(f figure) any {
		return share(medianOf(rounds, func(r Round) float64 {
			empty, old := f.of(r.Empty), f.of(r.Old)
			if empty == old {
				return 1 // of none to none, too
			}
			return old / empty // infinite for some to none
		}), 1)
	})
	row("more in the old one", func(f figure) any {
		more := 0
		for _, round := range rounds {
			if f.of(round.Old) > f.of(round.Empty) {
				more++
			}
		}
		return fmt.Sprintf("%d of %d", more, len(rounds))
	})
	fmt.Fprintln(t) // ends the columns
}

// phases are those of all turns.
func (g *GrowthReport) phases() (all []Phase) {
	if g == nil {
		return nil
	}
	for _, round := range slices.Concat(g.Closed, g.Half, g.Idle) {
		all = append(all, round.Empty.Phase, round.Old.Phase)
	}
	return all
}

func (g GrowthReport) label() string {
	return fmt.Sprintf("%d old orders", g.OldOrders+g.MoreOrders)
}

// medianOf is the median over the rounds.
func medianOf(rounds []Round, of func(Round) float64) float64 {
	values := make([]float64, len(rounds))
	for i, round := range rounds {
		values[i] = of(round)
	}
	return median(values)
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
