package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// String tells of the run as people read it: what it broke, what in it was out
// of the ordinary, and its trace.
func (r Result) String() string {
	var b strings.Builder
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "  BROKEN  %s\n", v)
	}
	for _, line := range r.Trace {
		fmt.Fprintf(&b, "%s\n", line)
	}
	return b.String()
}

// String shows the counts as a table.
func (s Stats) String() string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-14s "+format+"\n", append([]any{name}, args...)...)
	}
	row("orders", "%d completed, %d cancelled, %d of them refunded", s.Completed, total(s.Cancelled), s.Refunded)
	row("cancelled for", "%s", counts(s.Cancelled))
	row("processes", "%d crashed, %d frozen", s.Crashes, s.Freezes)
	row("messages", "%d duplicated, %d held back, %d redelivered, %d confirms lost", s.Duplicates, s.HeldBack, s.Redeliveries, s.LostConfirms)
	row("calls", "%d could not be made, %d with the answer lost", s.Outages, s.LostAnswers)
	row("detours", "%s", counts(s.Detours))
	row("people", "%d orders cancelled, %d products restocked", s.Cancels, s.Restocks)
	row("clock", "%d lulls", s.Lulls)
	return b.String()
}

func counts(of map[string]int) string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		texts = append(texts, fmt.Sprintf("%s %d", name, of[name]))
	}
	return strings.Join(texts, ", ")
}

func total(of map[string]int) (total int) {
	for _, count := range of {
		total += count
	}
	return total
}
