package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"time"
)

// peaks of the services' memory, in bytes, since they were last reset.
func (s *system) peaks() (map[string]int64, error) {
	peaks := map[string]int64{}
	for name, p := range s.services {
		peak, err := peakMemory(p.PID())
		if err != nil {
			return nil, err
		}
		peaks[name] = peak
	}
	return peaks, nil
}

func (s *system) resetPeaks() error {
	for _, p := range s.services {
		if err := resetPeak(p.PID()); err != nil {
			return err
		}
	}
	return nil
}

// usage is what the services have used up to a time.
type usage struct {
	at   time.Time
	cpu  CPU
	logs map[string]int64 // their sizes
}

func (s *system) readUsage() (u usage, err error) {
	u = usage{at: time.Now(), logs: map[string]int64{}}
	if u.cpu, err = s.readCPU(); err != nil {
		return u, err
	}
	for name, p := range s.services {
		log, err := os.Stat(p.Log().Path)
		if err != nil {
			return u, err
		}
		u.logs[name] = log.Size()
	}
	return u, nil
}

// usedSince notes what the services have used since an earlier reading.
func (s *system) usedSince(earlier usage, g *Gone) error {
	now, err := s.readUsage()
	if err != nil {
		return err
	}
	long := now.at.Sub(earlier.at).Seconds()
	g.CPUs, g.Lines = map[string]float64{}, map[string]float64{}
	for name, p := range s.services {
		lines, err := countLines(p.Log().Path, earlier.logs[name], now.logs[name])
		if err != nil {
			return err
		}
		g.Lines[name] = float64(lines) / long
		if now.cpu != nil {
			g.CPUs[name] = (now.cpu[name] - earlier.cpu[name]) / long
		}
	}
	return nil
}

// countLines counts those that end in a part of a file.
func countLines(path string, from, to int64) (lines int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("count log lines: %w", err)
	}
	defer file.Close()
	part, buffer := io.NewSectionReader(file, from, to-from), make([]byte, 1<<16)
	for {
		n, err := part.Read(buffer)
		lines += bytes.Count(buffer[:n], []byte{'\n'})
		switch {
		case err == io.EOF:
			return lines, nil
		case err != nil:
			return 0, fmt.Errorf("count log lines: %w", err)
		}
	}
}
