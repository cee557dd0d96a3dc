//go:build !linux

package bench

// writeBack would have the system write what files have in memory to the disk.
func writeBack() {}
