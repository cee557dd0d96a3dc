package process

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds waits that normally take milliseconds.
const patience = 30 * time.Second

func shell(t *testing.T, script string) Spec {
	t.Helper()
	return Spec{Name: "script", Path: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), "log")}
}

func start(t *testing.T, spec Spec) *Process {
	t.Helper()
	p, err := Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func waitUntil(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); !condition(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// printed waits for the program's first line.
func printed(t *testing.T, log string) string {
	t.Helper()
	var line string
	waitUntil(t, "the program's first line", func() bool {
		out, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		first, _, found := strings.Cut(string(out), "\n")
		line = first
		return found
	})
	return line
}

func TestStopEndsWithTheSignal(t *testing.T) {
	spec := shell(t, `trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done`)
	p := start(t, spec)
	printed(t, spec.Log)
	if err := p.Stop(context.Background(), syscall.SIGTERM, patience); err != nil {
		t.Fatal(err)
	}
	if out, _ := os.ReadFile(spec.Log); !strings.HasSuffix(string(out), "bye\n") {
		t.Errorf("the program did not end by itself: %q", out)
	}
	if p.ID().Alive() {
		t.Error("alive after Stop")
	}
}

func TestStopKillsWhatIgnoresTheSignal(t *testing.T) {
	spec := shell(t, `trap '' TERM; echo up; while :; do sleep 0.01; done`)
	p := start(t, spec)
	printed(t, spec.Log)
	if err := p.Stop(context.Background(), syscall.SIGTERM, 50*time.Millisecond); err == nil {
		t.Error("no error for a program that had to be killed")
	}
	if p.ID().Alive() {
		t.Error("alive after Stop")
	}
}

func TestStopReachesASuspendedProgram(t *testing.T) {
	spec := shell(t, `echo up; while :; do sleep 0.01; done`)
	p := start(t, spec)
	printed(t, spec.Log)
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(context.Background(), syscall.SIGTERM, patience); err != nil {
		t.Error(err)
	}
}

func TestKillTakesTheWholeGroup(t *testing.T) {
	spec := shell(t, `sleep 1000 & echo $!; wait`)
	p := start(t, spec)
	child := identify(t, printed(t, spec.Log))
	p.Kill()
	waitUntil(t, "the child to be gone", func() bool { return !child.Alive() })
}

func TestAdoptFindsTheVeryProcess(t *testing.T) {
	p := start(t, shell(t, `sleep 1000`))

	other := p.ID()
	other.Started += "0"
	if _, found := Adopt("other", other); found {
		t.Error("adopted a process with the same pid and another start")
	}

	adopted, found := Adopt("script", p.ID())
	if !found {
		t.Fatal("not found")
	}
	if err := adopted.Stop(context.Background(), syscall.SIGTERM, patience); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if _, found := Adopt("script", p.ID()); found {
		t.Error("adopted a process that has ended")
	}
}

// TestGuard starts this test again as a program that starts a guarded child,
// and kills it: the child must go too.
func TestGuard(t *testing.T) {
	if os.Getenv("GUARD_HELPER") == "1" {
		p := start(t, Spec{Name: "child", Path: "/bin/sleep", Args: []string{"1000"}, Log: os.DevNull, Guarded: true})
		os.Stdout.WriteString("child " + strconv.Itoa(p.ID().PID) + "\n")
		<-p.Done()
		return
	}
	helper := exec.Command(os.Args[0], "-test.run=^TestGuard$")
	helper.Env = append(os.Environ(), "GUARD_HELPER=1")
	out, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child := identify(t, strings.TrimPrefix(strings.TrimSpace(line), "child "))
	if err := helper.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = helper.Wait() // killed
	waitUntil(t, "the guarded child to be gone", func() bool { return !child.Alive() })
}

func identify(t *testing.T, pid string) Identity {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	id, err := Identify(n)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
