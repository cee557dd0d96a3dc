package bench

import "syscall"

// writeBack returns when the system has written what files have in memory to the disk.
func writeBack() { syscall.Sync() }
