package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// trace is what happened in a run, a line for each step. A nil trace keeps nothing.
type trace struct {
	lines []string
}

// line begins a line; disturbances are marked.
func (t *trace) line(at time.Duration, mark, who string, words ...string) {
	if t == nil {
		return
	}
	t.lines = append(t.lines, fmt.Sprintf("%13s %1s %-18s %s", clock(at), mark, who, sentence(words)))
}

// note goes on with the last line.
func (t *trace) note(words ...string) {
	if t == nil || len(t.lines) == 0 {
		return
	}
	last := &t.lines[len(t.lines)-1]
	*last += "; " + sentence(words)
}

func sentence(words []string) string {
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}

// clock writes a time since the start of the run: "3d 00:01:02.5".
func clock(at time.Duration) string {
	const day = 24 * time.Hour
	days, rest := at/day, at%day
	text := fmt.Sprintf("%02d:%02d:%04.1f", rest/time.Hour, rest%time.Hour/time.Minute, (rest % time.Minute).Seconds())
	if days > 0 {
		text = fmt.Sprintf("%dd %s", days, text)
	}
	return text
}
