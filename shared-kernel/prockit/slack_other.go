//go:build !linux

package prockit

import "time"

// setTimerSlack would let the sleep of threads end late. Only Linux knows that.
func setTimerSlack(time.Duration) {}
