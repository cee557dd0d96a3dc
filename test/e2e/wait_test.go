package e2e

import (
	"fmt"
	"testing"
	"time"
)

const (
	// patience is far beyond what the system needs, so that a slow machine fails
	// no test.
	patience  = 90 * time.Second
	pollEvery = 50 * time.Millisecond
)

// poll asks check until it returns nil; when patience is at its end, it returns
// check's last error.
func poll(check func() error) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return fmt.Errorf("not within %s: %w", patience, err)
		}
	}
}

// eventually is poll for a test that can't go on without it.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	if err := poll(check); err != nil {
		t.Fatal(err)
	}
}
