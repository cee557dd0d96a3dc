package bench

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"
)

// Report is all that was measured.
type Report struct {
	Plan     Plan      `json:"plan"`
	Started  time.Time `json:"started"`
	Took     float64   `json:"took_s"`
	CPUs     int       `json:"cpus"`
	Phases   []Phase   `json:"phases"`
	Problems []string  `json:"problems"` // what must not be
}

func newReport(p Plan) Report {
	return Report{Plan: p, Started: time.Now(), CPUs: runtime.NumCPU(), Problems: []string{}}
}

func (r *Report) add(p Phase) {
	r.Phases = append(r.Phases, p)
	r.Problems = append(r.Problems, p.Faults...)
}

// Failed tells that the system did not keep its promises.
func (r Report) Failed() bool { return len(r.Problems) > 0 }

// String sums a phase up in one line.
func (p Phase) String() string {
	text := fmt.Sprintf("%d orders ended, %.0f/s, the last after %.1fs", p.endedOrders(), p.PerS, p.Ended)
	if p.Post != nil {
		text += fmt.Sprintf("; POST p50 %.1f ms, p99 %.1f ms", p.Post.P50, p.Post.P99)
	}
	return text
}

// Print prints the table.
func (r Report) Print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, p := range r.Phases {
		fmt.Fprintf(w, "%s\t%.0f/s\t\n", p.Name, p.PerS)
		cpu := p.CPUPer1000()
		for _, class := range append(Classes, classGenerator) {
			fmt.Fprintf(w, "%s\t%.2f\t\n", class, cpu[class])
		}
		fmt.Fprintf(w, "sum\t%.2f\t\n", cpu.System())
	}
	w.Flush()
	for _, p := range r.Problems {
		fmt.Fprintln(out, "PROBLEM", p)
	}
}
