package obs

import (
	"io"
	"sync"
)

// mostLines is how many bytes of lines wait before the next one waits, too.
const mostLines = 1 << 20

// Lines gathers log lines while the ones before are being written: under load a
// system call carries many. A single line is written at once. Those that a kill
// catches in the buffer are lost; Flush, after what matters, leaves none there.
type Lines struct {
	out io.Writer

	mu      sync.Mutex
	changed sync.Cond
	waiting []byte
	spare   []byte // the other of two buffers
	writing bool
	taken   uint64 // lines
	written uint64 // of them
}

// NewLines returns a buffer in front of out.
func NewLines(out io.Writer) *Lines {
	l := &Lines{out: out}
	l.changed.L = &l.mu
	return l
}

// Write takes a line. It never fails: there is nowhere to say so.
func (l *Lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) >= mostLines {
		l.changed.Wait()
	}
	l.waiting = append(l.waiting, line...)
	l.taken++
	if !l.writing {
		l.writing = true
		go l.write()
	}
	return len(line), nil
}

// Flush returns when every line so far is written. It waits for none that come
// later.
func (l *Lines) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for until := l.taken; l.written < until; {
		l.changed.Wait()
	}
}

func (l *Lines) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) > 0 {
		batch, last := l.waiting, l.taken
		l.waiting = l.spare[:0]
		l.mu.Unlock()
		_, _ = l.out.Write(batch)
		l.mu.Lock()
		l.spare, l.written = batch, last
		l.changed.Broadcast()
	}
	l.writing = false
	l.changed.Broadcast()
}
