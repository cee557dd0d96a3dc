package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// colours of the prefixes, as ANSI foreground codes, taken in turn.
var colours = []int{36, 33, 35, 32, 34, 31}

// Renderer turns a program's log line into the one that people see: behind a
// prefix, and in colour with JSON made readable where that is wanted.
type Renderer struct {
	width    int
	coloured bool
	colour   map[string]int
}

// NewRenderer makes prefixes as wide as the longest name.
func NewRenderer(names []string, coloured bool) *Renderer {
	r := &Renderer{coloured: coloured, colour: map[string]int{}}
	for i, name := range names {
		r.width = max(r.width, len(name))
		r.colour[name] = colours[i%len(colours)]
	}
	return r
}

// Line returns the line for people, with its end.
func (r *Renderer) Line(name string, line []byte) string {
	prefix := fmt.Sprintf("%-*s |", r.width, name)
	if !r.coloured {
		return fmt.Sprintf("%s %s\n", prefix, line)
	}
	text := string(line)
	if readable, ok := readable(line); ok {
		text = readable
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m %s\n", r.colour[name], prefix, text)
}

// readable writes a line of slog's JSON handler as slog's text does, shorter.
func readable(line []byte) (string, bool) {
	dec := json.NewDecoder(bytes.NewReader(line))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return "", false
	}
	var at, level, message string
	var rest strings.Builder
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return "", false
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return "", false
		}
		switch key {
		case "time":
			at = clock(unquoted(value))
		case "level":
			level = unquoted(value)
		case "msg":
			message = unquoted(value)
		case "service": // the prefix says it
		default:
			fmt.Fprintf(&rest, " %v=%s", key, unquotedWord(value))
		}
	}
	if message == "" {
		return "", false
	}
	return fmt.Sprintf("%s %-5s %s%s", at, level, message, rest.String()), true
}

// clock shortens a timestamp to the time of day.
func clock(timestamp string) string {
	t, err := time.Parse(time.RFC3339Nano, timestamp)
	if err != nil {
		return timestamp
	}
	return t.Local().Format("15:04:05.000")
}

func unquoted(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return string(value)
	}
	return s
}

// unquotedWord leaves the quotes where a blank would split the value.
func unquotedWord(value json.RawMessage) string {
	if s := unquoted(value); s != "" && !strings.ContainsAny(s, " \t\n\"=") {
		return s
	}
	return string(value)
}
