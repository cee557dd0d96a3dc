package faults

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"orders.internal/test/stack"
)

// Report is what a run found.
type Report struct {
	Plan     Plan
	Started  time.Time // zero: there never were any customers
	Took     time.Duration
	Rounds   []RoundResult
	Drained  bool         // it is of Drain
	Stops    []StopResult // likewise
	Orders   Orders
	Traffic  Traffic // of the customers
	Reads    Traffic // of Drain
	Problems []string
}

// RoundResult is one round and what came of it.
type RoundResult struct {
	Round    Round
	Began    time.Time
	Lasted   time.Duration // from the round's beginning to its last fault's end
	Recovery Recovery
	Err      error // it did not recover, or could not be harmed
}

// String is the line for people who watch.
func (r RoundResult) String() string {
	if r.Err != nil {
		return "FAILED: " + r.Err.Error()
	}
	return fmt.Sprintf("orders complete again after %v, caught up after %v", tenths(r.Recovery.Again), tenths(r.Recovery.CaughtUp))
}

// Failed tells whether the system broke a promise.
func (r Report) Failed() bool { return len(r.failures()) > 0 }

func (r Report) failures() []string {
	failures := slices.Concat(r.Problems, r.drainFailures())
	for _, round := range r.Rounds {
		if round.Err != nil {
			failures = append(failures, fmt.Sprintf("%s: %v", round.Round, round.Err))
		}
	}
	return failures
}

// PrintPlan prints the schedule.
func (p Plan) PrintPlan(out io.Writer) {
	fmt.Fprintf(out, "schedule of seed %d:\n", p.Seed)
	for i, round := range p.Rounds {
		fmt.Fprintf(out, "  %2d  %s\n", i+1, round)
	}
}

// Print prints the tables.
func (r Report) Print(out io.Writer) {
	if len(r.Rounds) > 0 {
		r.printRounds(out)
	}
	if len(r.Stops) > 0 {
		r.printStops(out)
	}
	if r.Orders.Ends != nil { // they could be read
		r.printOrders(out)
	}
	r.printVerdict(out)
}

func (r Report) printStops(out io.Writer) {
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "service\tended and started\tlongest time to end\t")
	for _, service := range stack.Services {
		times, longest := longestStop(r.Stops, service)
		fmt.Fprintf(w, "%s\t%d times\t%v\t\n", service, times, tenths(longest))
	}
	w.Flush()
	fmt.Fprintln(out)
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "requests\tanswered\tnot sent\tcut, new connection\tcut, kept connection\ttoo late\tlongest answer\t")
	for name, t := range map[string]Traffic{"customers'": r.Traffic, "readers'": r.Reads} {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%v\t\n", name, t.Answered, t.Refused, t.CutFresh, t.CutKept, t.Late, tenths(t.LongestAnswer))
	}
	w.Flush()
	fmt.Fprintln(out)
}

func (r Report) printOrders(out io.Writer) {
	o := r.Orders
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "orders accepted (201)\t%d\t\n", o.Accepted)
	fmt.Fprintf(w, "refused (503)\t%d\t%d of them are there all the same\n", o.Refused, o.StrayRefused)
	fmt.Fprintf(w, "not sent, no replica reached\t%d\t\n", o.Unsent)
	fmt.Fprintf(w, "sent, but not answered\t%d\t%d of them are there\n", o.Unanswered, o.Stray-o.StrayRefused)
	for _, end := range slices.SortedFunc(maps.Keys(o.Ends), func(a, b string) int {
		return cmp.Or(-cmp.Compare(o.Ends[a], o.Ends[b]), cmp.Compare(a, b))
	}) {
		fmt.Fprintf(w, "ended: %s\t%d\t\n", end, o.Ends[end])
	}
	w.Flush()
}

func (r Report) printVerdict(out io.Writer) {
	failures := r.failures()
	if len(failures) == 0 {
		fmt.Fprintf(out, "\nEvery accepted order has ended, the audit is clean, the dead queues are empty. It took %v.\n", r.Took.Round(time.Second))
		return
	}
	fmt.Fprintf(out, "\n%d PROBLEMS (the schedule again: --seed %d):\n", len(failures), r.Plan.Seed)
	for _, f := range failures {
		fmt.Fprintf(out, "  - %s\n", f)
	}
}

func tenths(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }
