//go:build unix && !linux

package process

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// inspect asks ps(1): these systems have no /proc.
func inspect(pid int) (started string, running bool, err error) {
	out, err := exec.Command("ps", "-o", "stat=,lstart=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return "", false, fmt.Errorf("look up process %d: %w", pid, err)
	}
	state, started, found := strings.Cut(strings.TrimSpace(string(out)), " ")
	if !found {
		return "", false, fmt.Errorf("look up process %d: unexpected answer %q", pid, out)
	}
	return strings.TrimSpace(started), !strings.HasPrefix(state, "Z"), nil
}
