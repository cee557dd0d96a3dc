package console

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLine(t *testing.T) {
	const json = `{"time":"2026-01-02T03:04:05.678Z","level":"INFO","msg":"order accepted","service":"order","order_id":"o-1","detail":"two words","n":3}`
	names := []string{"order", "notification"}

	plain := NewRenderer(names, false).Line("order", []byte(json))
	if want := "order        | " + json + "\n"; plain != want {
		t.Errorf("plain: %q, want %q", plain, want)
	}

	coloured := NewRenderer(names, true).Line("order", []byte(json))
	if !strings.HasPrefix(coloured, "\x1b[36morder        |\x1b[0m ") {
		t.Errorf("no coloured prefix: %q", coloured)
	}
	if !strings.HasSuffix(coloured, `INFO  order accepted order_id=o-1 detail="two words" n=3`+"\n") {
		t.Errorf("not readable: %q", coloured)
	}
	if strings.Contains(coloured, "2026") {
		t.Errorf("the date is not left out: %q", coloured)
	}
}

func TestReadableLeavesOtherLinesAlone(t *testing.T) {
	for _, line := range []string{"panic: boom", `["a"]`, `{"a":`, `{"level":"INFO"}`, "", "{"} {
		if text, ok := readable([]byte(line)); ok {
			t.Errorf("%q became %q", line, text)
		}
	}
}

func TestPrintLastMergesByTime(t *testing.T) {
	dir := t.TempDir()
	a := write(t, dir, "a", `{"time":"2026-01-02T03:04:05.1Z","msg":"a1"}`, "panic: a", `{"time":"2026-01-02T03:04:05.3Z","msg":"a2"}`)
	b := write(t, dir, "b", `{"time":"2026-01-02T03:04:05.01Z","msg":"too old"}`, `{"time":"2026-01-02T03:04:05.12Z","msg":"b1"}`, `{"time":"2026-01-02T03:04:05.2Z","msg":"b2"}`, `{"time":"2026-01-02T03:04:05.4Z","msg":"b3"}`)
	missing := Log{Name: "c", Path: filepath.Join(dir, "c")}

	var out bytes.Buffer
	if err := PrintLast(&out, NewRenderer([]string{"a", "b"}, false), []Log{a, b, missing}, 3); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(strings.TrimSpace(line), `"}`)
		got = append(got, line[strings.LastIndexAny(line, `" `)+1:])
	}
	if want := "a1 a b1 b2 a2 b3"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestFollowPrintsWhatIsAppended(t *testing.T) {
	log := write(t, t.TempDir(), "a", "old")
	offsets := Sizes([]Log{log})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out := &syncBuffer{grown: make(chan struct{}, 10)}
	ended := make(chan error)
	go func() { ended <- Follow(ctx, out, NewRenderer([]string{"a"}, false), []Log{log}, offsets) }()

	f, err := os.OpenFile(log.Path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("new\nunfinished"); err != nil {
		t.Fatal(err)
	}
	<-out.grown
	if _, err := f.WriteString(" line\n"); err != nil {
		t.Fatal(err)
	}
	cancel() // what is there already is printed still
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "a | new\na | unfinished line\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out)
	done := p.Step("building")
	done("built")
	p.Say("%d services", 4)
	if got := out.String(); !strings.HasPrefix(got, "==> building\n    built (0.") || !strings.HasSuffix(got, "4 services\n") {
		t.Errorf("got %q", got)
	}

	var silent *Progress
	silent.Step("building")("built")
	silent.Say("nothing")
}

func write(t *testing.T, dir, name string, lines ...string) Log {
	t.Helper()
	log := Log{Name: name, Path: filepath.Join(dir, name)}
	if err := os.WriteFile(log.Path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return log
}

// syncBuffer may be read while it is written to.
type syncBuffer struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	grown chan struct{}
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.grown <- struct{}{}
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestClockKeepsWhatItCannotRead(t *testing.T) {
	if got := clock("yesterday"); got != "yesterday" {
		t.Errorf("got %q", got)
	}
	if got := clock(time.Now().Format(time.RFC3339Nano)); len(got) != len("15:04:05.000") {
		t.Errorf("got %q", got)
	}
}
