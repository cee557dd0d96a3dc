package bench

import (
	"syscall"
	"time"
)

// sleepShortly sleeps for a millisecond or so, more exactly than a timer.
func sleepShortly(d time.Duration) {
	if d <= 0 {
		return
	}
	left := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&left, nil) // a signal ends it too early, by less than a millisecond
}
