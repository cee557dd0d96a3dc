//go:build !linux

package bench

// processTable returns nil: without /proc nobody tells what the children of
// other processes have used.
func processTable() (processTimes, error) { return nil, nil }

func busyTime() (float64, error) { return 0, nil }

// peakMemory returns 0: not known.
func peakMemory(int) (int64, error) { return 0, nil }

func resetPeak(int) error { return nil }
