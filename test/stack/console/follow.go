package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// poll is how often the log files are looked at for more.
const poll = 100 * time.Millisecond

// Log is the log file of one program.
type Log struct {
	Name string
	Path string
}

// Follow prints what is appended to the logs until ctx ends, and then what is
// there still. It begins at the offsets, by name; 0 is the file's beginning.
func Follow(ctx context.Context, out io.Writer, r *Renderer, logs []Log, from map[string]int64) error {
	tails := make([]*tail, len(logs))
	for i, log := range logs {
		tails[i] = &tail{Log: log, offset: from[log.Name]}
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		ended := ctx.Err() != nil
		for _, t := range tails {
			lines, err := t.more()
			if err != nil {
				return fmt.Errorf("read the log of %s: %w", t.Name, err)
			}
			for _, line := range lines {
				if _, err := io.WriteString(out, r.Line(t.Name, line)); err != nil {
					return err
				}
			}
		}
		if ended {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// tail reads a file that grows, by whole lines.
type tail struct {
	Log
	offset int64
}

func (t *tail) more() ([][]byte, error) {
	f, err := os.Open(t.Path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // not started yet
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.NewSectionReader(f, t.offset, 1<<62))
	if err != nil {
		return nil, err
	}
	end := bytes.LastIndexByte(data, '\n')
	if end < 0 {
		return nil, nil
	}
	t.offset += int64(end) + 1
	return bytes.Split(data[:end], []byte("\n")), nil
}

// Sizes returns where the logs end now, for Follow.
func Sizes(logs []Log) map[string]int64 {
	sizes := map[string]int64{}
	for _, log := range logs {
		if info, err := os.Stat(log.Path); err == nil {
			sizes[log.Name] = info.Size()
		}
	}
	return sizes
}
