//go:build !race

package sim

const (
	seeds    = 2000 // of TestPromises
	repeated = 30   // of TestRunsRepeat
	within   = 3000 // of TestEveryProtectionIsNeeded
)
