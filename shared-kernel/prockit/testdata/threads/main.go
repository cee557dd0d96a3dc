// A program that is tuned, and tells how late, in nanoseconds, the sleep of each of its
// threads may end. It fails when that is not the same for all of them.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"orders.internal/shared-kernel/prockit"
)

const prGetTimerSlack = 30 // PR_GET_TIMERSLACK (prctl(2))

func main() {
	prockit.Tune()
	started := make(chan struct{})
	for range 3 {
		go func() {
			runtime.LockOSThread() // which takes a thread for each
			started <- struct{}{}
			select {}
		}()
		<-started
	}
	// The runtime ends a program in which threads answer differently.
	slack, _, errno := syscall.AllThreadsSyscall(syscall.SYS_PRCTL, prGetTimerSlack, 0, 0)
	if errno != 0 {
		fmt.Fprintln(os.Stderr, errno)
		os.Exit(1)
	}
	fmt.Print(slack)
}
