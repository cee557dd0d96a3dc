package faults

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// several is the class, for people, of a round with faults of more than one.
const several = "several at once"

// label says what the round had in it.
func (r Round) label() string {
	if of, uniform := r.class(); uniform {
		return of.String()
	}
	return several
}

// printRounds prints the recovery from each round, and then by what was harmed.
// What overlaps can't be told apart, so a fault of some class counts there only
// when its round had no other.
func (r Report) printRounds(out io.Writer) {
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "round\tharmed\tby\tlasted\torders complete again after\tcaught up after\t")
	for i, round := range r.Rounds {
		again, caughtUp := "-", "-"
		if round.Err == nil {
			again, caughtUp = tenths(round.Recovery.Again).String(), tenths(round.Recovery.CaughtUp).String()
		}
		fmt.Fprintf(w, "%d\t%d\t%s\t%v\t%s\t%s\t\n", i+1, round.Round.targets(), round.Round.label(), tenths(round.Lasted), again, caughtUp)
	}
	w.Flush()
	fmt.Fprintln(out)
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "fault\tinjected\trounds of nothing else\tagain after, median\tlongest\tcaught up after, median\tlongest\t")
	for _, of := range classes() {
		r.printRecovery(w, of.String(), r.injected(of))
	}
	r.printRecovery(w, several, 0)
	w.Flush()
	fmt.Fprintln(out)
}

// targets counts what the round's faults are done to.
func (r Round) targets() int {
	n := 0
	for _, f := range r.Faults {
		n += len(f.On)
	}
	return n
}

// injected counts what faults of the class were done to, in whatever round.
func (r Report) injected(of class) int {
	n := 0
	for _, round := range r.Rounds {
		for _, f := range round.Round.Faults {
			if f.class() == of {
				n += len(f.On)
			}
		}
	}
	return n
}

// printRecovery prints the recovery from the rounds with the label, of those
// that there was one from.
func (r Report) printRecovery(w io.Writer, label string, injected int) {
	var again, caughtUp []time.Duration
	for _, round := range r.Rounds {
		if round.Err == nil && round.Round.label() == label {
			again, caughtUp = append(again, round.Recovery.Again), append(caughtUp, round.Recovery.CaughtUp)
		}
	}
	if injected == 0 && len(again) == 0 {
		return
	}
	count := fmt.Sprint(injected)
	if label == several {
		count = ""
	}
	fmt.Fprintf(w, "%s\t%s\t%d\t", label, count, len(again))
	if len(again) == 0 {
		fmt.Fprintln(w, "-\t-\t-\t-\t")
		return
	}
	fmt.Fprintf(w, "%v\t%v\t%v\t%v\t\n",
		tenths(median(again)), tenths(slices.Max(again)), tenths(median(caughtUp)), tenths(slices.Max(caughtUp)))
}

func median(all []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(all))[len(all)/2]
}
