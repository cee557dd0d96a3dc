//go:build !linux

package bench

import "time"

func sleepShortly(d time.Duration) { time.Sleep(d) }
