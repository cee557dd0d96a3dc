package stack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"orders.internal/test/stack/process"
)

// scripted returns a program that runs a shell script and is ready once it
// has made the file "ready" in the current folder.
func scripted(t *testing.T, script string) *Program {
	t.Helper()
	dir := t.TempDir()
	state, err := loadState(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{
		Name:  "script",
		state: state,
		spec:  process.Spec{Name: "script", Path: "/bin/sh", Args: []string{"-c", script}, Dir: dir, Log: filepath.Join(dir, "log"), Env: os.Environ()},
		ready: func(context.Context) error {
			_, err := os.Stat(filepath.Join(dir, "ready"))
			return err
		},
	}
	t.Cleanup(func() { _ = p.Kill() })
	return p
}

const serve = `echo "up $EXTRA"; touch ready; while :; do sleep 0.01; done`

func TestProgramStartsStopsAndStartsAgain(t *testing.T) {
	ctx := context.Background()
	p := scripted(t, serve)
	if p.Running() {
		t.Error("runs before its start")
	}
	if err := p.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if !p.Running() || p.PID() != p.state.programs()["script"].PID || !p.state.programs()["script"].Alive() {
		t.Error("not running, or not written down")
	}
	if err := p.Start(ctx); err == nil {
		t.Error("started twice")
	}
	if err := os.Remove(filepath.Join(p.spec.Dir, "ready")); err != nil {
		t.Fatal(err)
	}
	p.Setenv("EXTRA", "again")
	if err := p.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if _, written := p.state.programs()["script"]; written || p.Running() || p.PID() != 0 {
		t.Error("running, or still written down")
	}
	if err := p.Stop(ctx); err != nil {
		t.Errorf("stop of what is not running: %v", err)
	}
	if got := strings.Join(p.LastLog(9), "|"); got != "up |up again" {
		t.Errorf("log: %q", got)
	}
}

func TestProgramThatDiesIsReportedWithItsLog(t *testing.T) {
	p := scripted(t, `echo "no such database"; exit 3`)
	err := p.Start(context.Background())
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no such database") {
		t.Errorf("got %v", err)
	}
}

func TestProgramThatIsNeverReady(t *testing.T) {
	p := scripted(t, `echo waiting; while :; do sleep 0.01; done`)
	ctx, cancel := context.WithCancelCause(context.Background())
	probed := 0
	p.ready = func(context.Context) error {
		if probed++; probed == 3 {
			cancel(errors.New("enough"))
		}
		return errors.New("not yet")
	}
	err := p.Start(ctx)
	if err == nil || !strings.Contains(err.Error(), "not yet") || !strings.Contains(err.Error(), "enough") {
		t.Errorf("got %v", err)
	}
}

func TestProgramIsStartedAgainAfterAPassingFault(t *testing.T) {
	p := scripted(t, `[ -e tried ] || { touch tried; echo "lock still held"; exit 1; }; `+serve)
	p.passing = "lock still held"
	if err := p.Start(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestAnotherProcessFindsTheProgram(t *testing.T) {
	ctx := context.Background()
	p := scripted(t, serve)
	if err := p.Start(ctx); err != nil {
		t.Fatal(err)
	}
	state, err := loadState(p.spec.Dir)
	if err != nil {
		t.Fatal(err)
	}
	other := &Program{Name: p.Name, state: state, spec: p.spec, ready: p.ready}
	if !other.adopt(state.programs()["script"]) {
		t.Fatal("not found")
	}
	if err := errors.Join(other.Pause(), other.Resume(), other.WaitReady(ctx), other.Stop(ctx)); err != nil {
		t.Error(err)
	}
	<-p.Done()
}
