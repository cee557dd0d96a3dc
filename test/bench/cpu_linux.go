package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ticksPerSecond of the times in /proc; it is 100 on every architecture that Go
// runs on (proc(5), USER_HZ).
const ticksPerSecond = 100

// processTable reads the times of all processes.
func processTable() (processTimes, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	table := processTimes{}
	for _, file := range stats {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		pid, times, err := parseStat(stat)
		if err != nil {
			return nil, err
		}
		table[pid] = times
	}
	return table, nil
}

// parseStat reads the fields 1 (pid), 4 (ppid) and 14 to 17 (utime, stime,
// cutime, cstime) of proc(5)'s stat line. Field 2 is the command's name in
// brackets, which may itself hold blanks and brackets.
func parseStat(stat []byte) (pid int, t processTime, err error) {
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return 0, t, fmt.Errorf("unexpected stat line %q", stat)
	}
	const first = 3 // the field behind the name
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 17-first+1 {
		return 0, t, fmt.Errorf("unexpected stat line %q", stat)
	}
	var errs []error
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		errs = append(errs, err)
		return n
	}
	seconds := func(field int) float64 {
		return float64(number(fields[field-first])+number(fields[field+1-first])) / ticksPerSecond
	}
	pid = number(strings.TrimSpace(string(stat[:open])))
	t = processTime{parent: number(fields[4-first]), own: seconds(14), reaped: seconds(16)}
	if err := errors.Join(errs...); err != nil {
		return 0, processTime{}, fmt.Errorf("unexpected stat line %q: %w", stat, err)
	}
	return pid, t, nil
}

// busyTime returns how long all CPUs have worked, in seconds.
func busyTime() (float64, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("read the CPUs' times: %w", err)
	}
	return parseBusy(string(stat))
}

// parseBusy sums proc(5)'s first stat line: user, nice, system, (idle, iowait,)
// irq, softirq and steal.
func parseBusy(stat string) (float64, error) {
	first, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(first)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("unexpected line %q", first)
	}
	ticks := 0
	for i, field := range fields[1:9] {
		if i == 3 || i == 4 {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, fmt.Errorf("unexpected line %q: %w", first, err)
		}
		ticks += n
	}
	return float64(ticks) / ticksPerSecond, nil
}
