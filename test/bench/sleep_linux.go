package bench

import (
	"errors"
	"syscall"
	"time"
)

// sleepShortly sleeps for a millisecond or so, more exactly than a timer.
func sleepShortly(d time.Duration) {
	if d <= 0 {
		return
	}
	left := syscall.NsecToTimespec(d.Nanoseconds())
	for errors.Is(syscall.Nanosleep(&left, &left), syscall.EINTR) {
	}
}
