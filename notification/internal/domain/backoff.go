package domain

import "time"

const (
	firstPause = time.Second
	lastPause  = 5 * time.Minute
)

// pauseAfter doubles with each failure up to lastPause, and is then cut by up to
// half of it, as chance (0 to 1) has it.
func pauseAfter(failures int, chance float64) time.Duration {
	pause := firstPause
	for range failures {
		if pause *= 2; pause >= lastPause {
			pause = lastPause
			break
		}
	}
	return pause - time.Duration(chance*float64(pause)/2)
}
