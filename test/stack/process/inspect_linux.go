package process

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// inspect reads /proc, so it needs no tool. Start times count from boot: the
// boot's own id beside them keeps them apart after a restart of the machine.
func inspect(pid int) (started string, running bool, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false, fmt.Errorf("look up process %d: %w", pid, err)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", false, fmt.Errorf("look up process %d: %w", pid, err)
	}
	state, ticks, err := parseStat(stat)
	if err != nil {
		return "", false, fmt.Errorf("look up process %d: %w", pid, err)
	}
	return strings.TrimSpace(string(boot)) + "/" + ticks, state != "Z" && state != "X", nil
}

// parseStat returns fields 3 (state) and 22 (start time in clock ticks) of
// proc(5)'s stat line. Field 2 is the command's name in brackets, which may
// itself hold blanks and brackets.
func parseStat(stat []byte) (state, ticks string, err error) {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return "", "", fmt.Errorf("unexpected stat line %q", stat)
	}
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 20 {
		return "", "", fmt.Errorf("unexpected stat line %q", stat)
	}
	return fields[0], fields[19], nil
}
