package bench

import "syscall"

// writeBack returns when the system has written all its dirty pages to the disk.
func writeBack() { syscall.Sync() }
