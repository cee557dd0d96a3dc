package prockit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// The test itself may use cgo, as with the race detector, so a program of its own shows
// what a service does.
func TestSleepOfEveryThreadMayEndLate(t *testing.T) {
	Tune() // here, too, or go test would not see that it has changed
	program := filepath.Join(t.TempDir(), "threads")
	build := exec.Command("go", "build", "-o", program, "./testdata/threads")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	run := exec.Command(program)
	run.Stderr = os.Stderr
	out, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := strconv.FormatInt(timerSlack.Nanoseconds(), 10); string(out) != want {
		t.Errorf("sleeps may end %s ns late, want %s", out, want)
	}
}
