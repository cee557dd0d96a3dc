package prockit

import (
	"syscall"
	"time"
)

// prSetTimerSlack is PR_SET_TIMERSLACK (prctl(2)), which package syscall lacks.
const prSetTimerSlack = 29

// setTimerSlack is for all threads, and those that they start. It does nothing in a
// program that uses cgo, which may have threads that Go doesn't know; those with the race
// detector do.
func setTimerSlack(late time.Duration) {
	_, _, _ = syscall.AllThreadsSyscall(syscall.SYS_PRCTL, prSetTimerSlack, uintptr(late.Nanoseconds()), 0)
}
