package rabbittest

import (
	"testing"
	"time"
)

// patience is far more than anything here takes; only a failing test waits for
// it.
const patience = 30 * time.Second

// Eventually waits until met returns true, and fails the test when it doesn't.
func Eventually(t testing.TB, what string, met func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !met() {
		select {
		case <-poll.C:
		case <-deadline.C:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// Receive waits for one value of a channel, or for its closing, and fails the
// test when nothing comes.
func Receive[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatalf("not within %s: %s", patience, what)
		panic("unreachable")
	}
}
