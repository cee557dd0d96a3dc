package bench

import (
	"fmt"

	"orders.internal/test/stack"
)

// printGone shows what came of it when servers were gone.
func (r Report) printGone(t table) {
	var all []Phase
	for _, p := range r.Phases {
		if p.Gone != nil {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return
	}
	t.row("A SERVER GONE", "for", "due/s", "201", "503", "answered p50, ms", "p99, ms", "max, ms", "then 201", "503", "p99, ms")
	for _, p := range all {
		g := p.Gone
		during, after := g.Meanwhile.Latency, g.After.Latency
		t.row(p.label(), seconds(g.For), rate(p.Rate), g.Meanwhile.Accepted, g.Meanwhile.Refused,
			decimals(during.p50()), decimals(during.p99()), decimals(during.max()), g.After.Accepted, g.After.Refused, decimals(after.p99()))
	}
	t.row("UNTIL ALL IS DONE", "events held", "published after", "events/s", "orders pending", "ended after", "orders/s", "of the maximum", "events/s", "CPU s by 1,000 orders", "throughput's by these")
	for _, p := range all {
		g := p.Gone
		t.row(p.label(), g.Held, seconds(g.Published), decimals(ratio(float64(g.Held), g.Published)), g.Pending, seconds(g.Ended),
			decimals(g.PerS), share(g.PerS, r.throughput()), decimals(eventsByOrder*g.PerS),
			hundredths(g.Way.System()), share(r.cost().System(), g.Way.System()))
	}
	head := []any{"BY SERVICE"}
	for _, service := range stack.Services {
		head = append(head, service)
	}
	t.row(head...)
	for _, p := range all {
		g := p.Gone
		row := func(what string, of func(service string) string) {
			cells := []any{p.label() + ", " + what}
			for _, service := range stack.Services {
				cells = append(cells, of(service))
			}
			t.row(cells...)
		}
		row("peak memory, MiB", func(s string) string { return decimals(float64(g.Memory[s]) / (1 << 20)) })
		row("CPUs", func(s string) string { return hundredths(g.CPUs[s]) })
		row("log lines/s", func(s string) string { return decimals(g.Lines[s]) })
	}
	fmt.Fprintln(t) // ends the columns
}
