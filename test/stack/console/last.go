package console

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Last returns up to n last lines of a file; none when it can't be read.
func Last(path string, n int) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var lines []string
	for s := bufio.NewReader(f); ; {
		line, err := s.ReadString('\n')
		if line != "" {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
		if len(lines) > n {
			lines = lines[1:]
		}
		if err != nil {
			return lines
		}
	}
}

// PrintLast prints the last n lines of each log, in the order of their times.
func PrintLast(out io.Writer, r *Renderer, logs []Log, n int) error {
	type entry struct {
		at   time.Time
		text string
	}
	var entries []entry
	for _, log := range logs {
		var at time.Time // a line without a time belongs to the one before
		for _, line := range Last(log.Path, n) {
			if t, ok := timeOf(line); ok {
				at = t
			}
			entries = append(entries, entry{at, r.Line(log.Name, []byte(line))})
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return a.at.Compare(b.at) })
	for _, e := range entries {
		if _, err := io.WriteString(out, e.text); err != nil {
			return err
		}
	}
	return nil
}

func timeOf(line string) (time.Time, bool) {
	var fields struct {
		Time time.Time `json:"time"`
	}
	err := json.Unmarshal([]byte(line), &fields)
	return fields.Time, err == nil && !fields.Time.IsZero()
}
