package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// happened is an event as timelines and streams show it.
type happened struct {
	ID            string    `json:"id"`
	Type          string    `json:"type"`
	Service       string    `json:"service"`
	Time          time.Time `json:"time"`
	Attempts      int       `json:"attempts"`
	CausationID   *string   `json:"causation_id"`
	SincePrevious *int64    `json:"since_previous_ms"` // in timelines alone
}

// change is the data of a server-sent event.
type change struct {
	OrderID    string   `json:"order_id"`
	CustomerID string   `json:"customer_id"`
	Status     string   `json:"status"`
	Event      happened `json:"event"`

	position int64
	kind     string // the event field
}

// stream is an open stream of server-sent events.
type stream struct {
	body     io.ReadCloser
	rows     *bufio.Reader
	position int64 // of the last id: where to go on
}

// streaming has no time limit, unlike client.
var streaming = &http.Client{Transport: &http.Transport{}}

// openStream returns when the stream has begun: whatever happens from then on is
// in it.
func openStream(service, path string, headers ...string) (*stream, error) {
	r, err := http.NewRequest(http.MethodGet, system.URL(service)+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := streaming.Do(r)
	if err != nil {
		return nil, err
	}
	s := &stream{body: response.Body, rows: bufio.NewReader(response.Body)}
	if got := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || got != "text/event-stream" {
		s.close()
		return nil, fmt.Errorf("GET %s: %s, %s", path, response.Status, got)
	}
	if _, err := s.block(); err != nil {
		s.close()
		return nil, fmt.Errorf("GET %s: %w", path, err)
	}
	return s, nil
}

func (s *stream) close() { _ = s.body.Close() } // it was only read from

// mustStream is openStream for a test that can't go on without it.
func mustStream(t *testing.T, service, path string, headers ...string) *stream {
	t.Helper()
	s, err := openStream(service, path, headers...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// block reads up to the next empty line and returns the fields. Its error is
// io.EOF when the server has ended the stream as it should.
func (s *stream) block() (map[string]string, error) {
	fields := map[string]string{}
	for {
		row, err := s.rows.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if row = strings.TrimSuffix(row, "\n"); row == "" {
			break
		}
		name, value, _ := strings.Cut(row, ": ")
		fields[name] = value
	}
	if id := fields["id"]; id != "" {
		var err error
		if s.position, err = strconv.ParseInt(id, 10, 64); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// next reads the next event, passing over signs of life.
func (s *stream) next() (c change, err error) {
	for {
		before := s.position
		fields, err := s.block()
		if err != nil {
			return c, err
		}
		if fields["data"] == "" {
			continue
		}
		if err := json.Unmarshal([]byte(fields["data"]), &c); err != nil {
			return c, err
		}
		c.kind, c.position = fields["event"], s.position
		if c.kind != c.Event.Type || c.position <= before {
			return c, fmt.Errorf("event %s at %d after %d: %v", c.kind, c.position, before, fields)
		}
		return c, nil
	}
}

// read reads so many events. It gives up after a while.
func (s *stream) read(t *testing.T, n int) (changes []change) {
	t.Helper()
	tooLate := time.AfterFunc(patience, s.close)
	defer tooLate.Stop()
	for range n {
		c, err := s.next()
		if err != nil {
			t.Fatalf("after %d of %d events: %v", len(changes), n, err)
		}
		changes = append(changes, c)
	}
	return changes
}

// readToItsEnd holds that the server ends the stream, and doesn't cut it off in the
// middle.
func (s *stream) readToItsEnd(t *testing.T) {
	t.Helper()
	tooLate := time.AfterFunc(patience, s.close)
	defer tooLate.Stop()
	for {
		if _, err := s.block(); err == nil {
			continue // a last sign of life
		} else if !errors.Is(err, io.EOF) {
			t.Errorf("a stream ended with %v", err)
		}
		return
	}
}

// lastEventID is the header to go on with.
func (s *stream) lastEventID() []string {
	return []string{"Last-Event-ID", strconv.FormatInt(s.position, 10)}
}

func kinds(changes []change) string {
	var all []string
	for _, c := range changes {
		all = append(all, c.kind)
	}
	return strings.Join(all, " ")
}

// readAnswer reads an answer whole, but of a stream no more than its first event.
func readAnswer(response *http.Response) (string, error) {
	if response.Header.Get("Content-Type") != "text/event-stream" {
		body, err := io.ReadAll(response.Body)
		return string(body), err
	}
	var body strings.Builder
	for rows := bufio.NewReader(response.Body); ; {
		row, err := rows.ReadString('\n')
		if body.WriteString(row); err != nil || strings.HasPrefix(row, "data: ") {
			return body.String(), err
		}
	}
}
