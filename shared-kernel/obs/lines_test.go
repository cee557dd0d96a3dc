package obs

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// slow is an output whose writes take until they are let go.
type slow struct {
	begun, free chan struct{}
	out         bytes.Buffer
	writes      int
}

func (s *slow) Write(b []byte) (int, error) {
	s.begun <- struct{}{}
	<-s.free
	s.writes++
	return s.out.Write(b)
}

func TestLinesGatherWhileOnesBeforeAreWritten(t *testing.T) {
	out := &slow{begun: make(chan struct{}, 10), free: make(chan struct{}, 10)}
	lines := NewLines(out)
	fmt.Fprintln(lines, "first")
	<-out.begun
	for i := range 100 {
		fmt.Fprintln(lines, i)
	}
	out.free <- struct{}{}
	out.free <- struct{}{}
	lines.Flush()
	if got := strings.Count(out.out.String(), "\n"); got != 101 || out.writes != 2 {
		t.Errorf("%d lines in %d writes, want 101 in 2", got, out.writes)
	}
}

func TestLinesOfManyWritersStayWhole(t *testing.T) {
	var out bytes.Buffer
	lines := NewLines(&out)
	var writers sync.WaitGroup
	for range 50 {
		writers.Go(func() {
			for range 100 {
				fmt.Fprintln(lines, "a line")
			}
		})
	}
	writers.Wait()
	lines.Flush()
	if out.String() != strings.Repeat("a line\n", 5000) {
		t.Error("lines are mixed up or lost")
	}
}

func TestWarningsAreWrittenBeforeTheCallerGoesOn(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(NewLines(&out), "order", slog.LevelInfo)
	log.Info("first")
	log.Warn("second")
	if got := strings.Count(out.String(), "\n"); got != 2 {
		t.Errorf("%d lines are written, want 2: %s", got, out.String())
	}
}
