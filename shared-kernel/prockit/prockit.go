// Package prockit tells the Go runtime and the system how a service's process is to live
// beside others on few processors.
package prockit

import (
	"os"
	"runtime/debug"
	"time"
)

// The garbage collector's settings: a service lives on little, so that it can
// afford to collect less often, within a bound.
const (
	gcPercent   = 400
	memoryLimit = 192 << 20 // bytes; soft: near it, the collector works harder
)

// timerSlack is how late a thread's sleep may end. The runtime's monitor wakes up whenever
// a process that had nothing to do makes a system call, and looks around every 20 us then:
// for a service, which has something to do a thousand times a second, that is all the time,
// and a sixth to a quarter of all it does. Timers are no more exact than a millisecond
// anyway (docs/decisions/0027-the-runtimes-monitor-may-sleep.md).
const timerSlack = 2 * time.Millisecond

// Tune sets what the environment doesn't (GOGC and GOMEMLIMIT,
// https://pkg.go.dev/runtime#hdr-Environment_Variables), and what it can't.
func Tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	setTimerSlack(timerSlack)
}
