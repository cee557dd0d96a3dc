package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"orders.internal/test/stack"
)

// table is what a report prints: rows of cells, in parts.
type table struct{ *tabwriter.Writer }

func (t table) row(cells ...any) {
	for i, cell := range cells {
		if i > 0 {
			fmt.Fprint(t, "\t")
		}
		fmt.Fprint(t, cell)
	}
	fmt.Fprintln(t, "\t")
}

// Print prints the table, and what is wrong.
func (r Report) Print(out io.Writer) {
	t := table{tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)}
	if len(r.undisturbed()) > 0 || len(r.Phases) == 0 && r.Growth == nil {
		r.printThroughput(t)
		r.printLatency(t)
		r.printCPU(t)
	}
	r.printLimits(t)
	r.printGone(t)
	r.printGrowth(t)
	t.Flush()
	r.Statements.Print(out)
	fmt.Fprintf(out, "\n%d CPUs, %s/%s, %s, PostgreSQL %s, RabbitMQ %s; everything on this machine, the load generator, too.\n",
		r.Machine.CPUs, r.Machine.OS, r.Machine.Arch, r.Machine.Go, r.Machine.PostgreSQL, r.Machine.RabbitMQ)
	r.printOthers(out)
	r.printVerdict(out)
}

func (r Report) printThroughput(t table) {
	t.row("ORDERS", "ended/s", "steady/s", "of the last maximum", "placed", "201", "503", "ended", "last ended after", "all done after")
	for _, p := range r.undisturbed() {
		t.row(p.label(), decimals(p.PerS), decimals(p.steady()), share(p.steady(), r.maximum(p.Name)), p.Placed, p.Accepted, p.Refused, p.endedOrders(), seconds(p.Ended), seconds(p.Settled))
	}
	for _, name := range []string{Overload, Mixed} {
		if p, there := r.find(name); there {
			t.row(p.label()+", meanwhile", "", decimals(p.Meanwhile), share(p.Meanwhile, r.maximum(p.Name)), "", percent(p.Accepted, p.Placed), percent(p.Refused, p.Placed))
			if perS, lasted := p.meanwhileFrom(crowdBegins); lasted && name == Overload {
				after := fmt.Sprintf("%s, meanwhile, after %d s", p.label(), crowdBegins)
				t.row(after, "", decimals(perS), share(perS, r.maximum(p.Name)))
				if left, there := r.find(besideRefusals); there {
					t.row(after+", of the "+left.label(), "", decimals(perS), share(perS, left.steady()))
				}
			}
		}
	}
	fmt.Fprintln(t) // ends the columns
}

func (r Report) printLatency(t table) {
	t.row("LATENCY, ms", "due/s", "p50", "p90", "p99", "p99.9", "max")
	line := func(label string, p Phase, l *Latency) {
		if l != nil {
			t.row(label, rate(p.Rate), decimals(l.P50), decimals(l.P90), decimals(l.P99), decimals(l.P999), decimals(l.Max))
		}
	}
	for _, p := range r.undisturbed() {
		line("POST, "+p.label(), p, p.Post)
		line("POST that waits for the end", p, p.Waited)
		line("503, "+p.label(), p, p.Refusals)
		if p.Crowd != nil {
			line("503, the crowd's", Phase{Rate: p.Crowd.Rate}, p.Crowd.Refusals)
		}
		if p.Name == Saga {
			line("due to COMPLETED", p, p.Saga)
			line("created to COMPLETED", p, p.Stored)
			line("its transactions and messages alone", p, r.Path)
			if r.Path != nil {
				t.row("system by these", "", share(p.Stored.p50(), r.Path.P50))
			}
		}
	}
	fmt.Fprintln(t) // ends the columns
}

func (r Report) printCPU(t table) {
	measured := slices.DeleteFunc(r.undisturbed(), func(p Phase) bool { return p.CPU == nil })
	if len(measured) == 0 {
		t.row("CPU", "not measured on this system")
	} else {
		head := []any{"CPU s by 1,000 orders"}
		for _, class := range Classes {
			head = append(head, class)
		}
		t.row(append(head, "sum", classGenerator)...)
		for _, p := range measured {
			cpu := p.CPUPer1000()
			cells := []any{p.label()}
			for _, class := range Classes {
				cells = append(cells, hundredths(cpu[class]))
			}
			t.row(append(cells, hundredths(cpu.System()), hundredths(cpu[classGenerator]))...)
		}
	}
	if len(r.Memory) > 0 && r.Memory["order"] > 0 {
		cells := []any{"peak memory, MiB"}
		for _, service := range stack.Services {
			cells = append(cells, r.Memory[service]>>20)
		}
		t.row(cells...)
	}
	fmt.Fprintln(t) // ends the columns
}

func (r Report) printLimits(t table) {
	if r.Limits == nil {
		return
	}
	system, m, both := r.Limits.System, r.Limits.Messages, r.Limits.Both
	t.row("LIMITS, BY TURNS", "orders/s", "system by limit", "CPU s by 1,000 orders", "system's by limit's")
	t.row("the system", decimals(system.PerS), "", hundredths(system.CPU.System()), "")
	for _, rows := range r.Limits.Rows {
		t.row(fmt.Sprintf("rows, %d orders to a transaction", rows.Batch), decimals(rows.PerS), share(system.PerS, rows.PerS),
			hundredths(rows.CPU), share(system.CPU[classDatabase], rows.CPU))
	}
	t.row("messages", decimals(m.PerS), share(system.PerS, m.PerS), hundredths(m.CPU), share(system.CPU[classBroker], m.CPU))
	t.row("both at the same time", decimals(both.PerS), share(system.PerS, both.PerS), hundredths(both.CPU.servers()), share(system.CPU.servers(), both.CPU.servers()))
	t.row("with services and load generators", "", "", hundredths(both.CPU.all()), share(system.CPU.all(), both.CPU.all()))
	var turns []string
	for _, turn := range r.LimitTurns {
		turns = append(turns, share(turn.System.PerS, turn.Both.PerS))
	}
	t.row("both, in each turn", "", strings.Join(turns, ", "))
	fmt.Fprintln(t) // ends the columns
}

// quiet is the most of the CPUs that goes unnoticed: the kernel's own work for
// the system is among it.
const quiet = 0.15

// printOthers warns of a measurement that was disturbed.
func (r Report) printOthers(out io.Writer) {
	phases := append(slices.Clone(r.Phases), r.Growth.phases()...)
	for _, turn := range r.LimitTurns {
		phases = append(phases, turn.Phase)
	}
	var disturbed []string
	for _, p := range phases {
		if share := p.others(r.Machine.CPUs); share > quiet {
			disturbed = append(disturbed, fmt.Sprintf("%s %.0f%%", p.label(), 100*share))
		}
	}
	if len(disturbed) > 0 {
		fmt.Fprintf(out, "NOT A QUIET MACHINE. Other programs used of the CPUs: %s.\n", strings.Join(disturbed, ", "))
	}
}

func (r Report) printVerdict(out io.Writer) {
	switch {
	case r.Failed():
		fmt.Fprintf(out, "\n%d PROBLEMS:\n", len(r.Problems))
		for _, problem := range r.Problems {
			fmt.Fprintf(out, "  - %s\n", problem)
		}
	case r.Finished:
		fmt.Fprintln(out, "Every accepted order has ended, the audit is clean, the dead queues are empty.")
	default:
		fmt.Fprintln(out, "This is not all: the measurement did not come to its end.")
	}
}

// label names a phase to people.
func (p Phase) label() string {
	switch {
	case p.Name == Saga:
		return "as good as idle"
	case p.Name == sagaWaited:
		return "as good as idle, clients wait"
	case p.Name == Hot:
		return "hot product"
	case p.Name == Mixed:
		return "mixed outcomes"
	case p.Gone != nil && p.Name == Backlog:
		return "backlog, no " + p.Gone.Server
	case p.Gone != nil:
		return p.Gone.Server + " " + p.Gone.How
	case p.Name == besideRefusals:
		return "maximum beside refusals"
	case strings.HasPrefix(p.Name, maximumBefore):
		return "maximum before " + strings.TrimPrefix(p.Name, maximumBefore)
	case strings.HasPrefix(p.Name, Post+"-"):
		return strings.TrimPrefix(p.Name, Post+"-") + "% of the maximum"
	}
	return p.Name
}

// ends sums up how orders ended, the most frequent first.
func (p Phase) ends() string {
	names := slices.SortedFunc(maps.Keys(p.Ends), func(a, b string) int { return p.Ends[b] - p.Ends[a] })
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", p.Ends[name], name)
	}
	return strings.Join(names, ", ")
}

// undisturbed are the phases in which no server was gone.
func (r Report) undisturbed() []Phase {
	return slices.DeleteFunc(slices.Clone(r.Phases), func(p Phase) bool { return p.Gone != nil })
}

// cost is the throughput phase's CPU time by 1,000 orders.
func (r Report) cost() CPU {
	p, _ := r.find(Throughput)
	return p.CPUPer1000()
}

func share(part, whole float64) string {
	if part == 0 || whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", part/whole)
}

func ratio(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

func rate(perS float64) string {
	if perS == 0 {
		return "closed loop"
	}
	return decimals(perS)
}

// decimals shows three digits of small numbers and all of large ones.
func decimals(f float64) string {
	switch {
	case f < 10:
		return fmt.Sprintf("%.2f", f)
	case f < 100:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}

func hundredths(f float64) string { return fmt.Sprintf("%.2f", f) }

func seconds(f float64) string { return fmt.Sprintf("%.1fs", f) }
