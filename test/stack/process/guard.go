package process

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// guard starts a watchdog that kills the process group when this process
// ends without releasing it. The watchdog learns of that from the end of a
// pipe, which the system closes even after SIGKILL. (Linux' parent death
// signal would not do: it follows the thread that started the child, and Go
// ends threads.)
func guard(group int) (release func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	cmd := exec.Command("/bin/sh", "-c", `read -r _ || kill -s KILL -- "-$1"`, "watchdog", strconv.Itoa(group))
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is not for it
	err = cmd.Start()
	r.Close()
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	return func() {
		_, _ = w.WriteString("released\n") // a watchdog that is gone needs no release
		w.Close()
		_ = cmd.Wait()
	}, nil
}
