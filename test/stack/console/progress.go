// Package console is what the local stack shows to people: its progress, and
// the programs' logs side by side.
package console

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// heartbeat is how often a long step says that it still goes on.
const heartbeat = 10 * time.Second

// Progress says what is being done and how long it took. Steps may run side
// by side. A nil Progress is silent.
type Progress struct {
	mu  sync.Mutex
	out io.Writer
}

// NewProgress writes to out.
func NewProgress(out io.Writer) *Progress { return &Progress{out: out} }

// Step announces a step and returns the function that says it is done.
func (p *Progress) Step(doing string) (done func(did string)) {
	if p == nil {
		return func(string) {}
	}
	begin := time.Now()
	p.printf("==> %s\n", doing)
	over := make(chan struct{})
	go func() {
		tick := time.NewTicker(heartbeat)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.printf("    still %s (%v)\n", doing, time.Since(begin).Round(time.Second))
			case <-over:
				return
			}
		}
	}()
	return func(did string) {
		close(over)
		if did != "" {
			p.printf("    %s (%.1fs)\n", did, time.Since(begin).Seconds())
		}
	}
}

// Say prints a line.
func (p *Progress) Say(format string, args ...any) {
	if p != nil {
		p.printf(format+"\n", args...)
	}
}

// Write lets other programs' output pass.
func (p *Progress) Write(b []byte) (int, error) {
	if p == nil {
		return len(b), nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *Progress) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p, format, args...) // nobody is left to tell
}

// Coloured tells whether f is a terminal whose user wants colours
// (https://no-color.org).
func Coloured(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
