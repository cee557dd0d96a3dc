//go:build race

package sim

// With the race detector a run takes ten times as long, and the runs that find a
// race are any few of them.
const (
	seeds    = 300
	repeated = 5
)
