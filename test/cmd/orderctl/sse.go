package main

import (
	"bufio"
	"io"
	"strings"
)

// maxEvent is the longest line of a stream, in bytes.
const maxEvent = 1 << 20

// streamed is one message of a stream of server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
type streamed struct{ id, event, data string }

// readStream hands the messages of a stream to take, until take returns false or
// the stream ends; it returns how it ended, nil for take's wish or a plain end.
func readStream(stream io.Reader, take func(streamed) (more bool)) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, maxEvent)
	var m streamed
	var data []string
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			if m.data = strings.Join(data, "\n"); len(data) > 0 && !take(m) {
				return nil
			}
			m.event, data = "", nil // the id stays the last one
		case name == "id":
			m.id = value
		case name == "event":
			m.event = value
		case name == "data":
			data = append(data, value)
		} // a comment has no name; it keeps the connection alive
	}
	return lines.Err()
}
