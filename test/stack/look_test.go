package stack

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"orders.internal/test/stack/process"
)

// recorded writes the state of a stack whose programs are all this process,
// or have all ended.
func recorded(t *testing.T, alive bool, change func(*record)) string {
	t.Helper()
	dir := t.TempDir()
	s, err := loadState(dir)
	if err != nil {
		t.Fatal(err)
	}
	id, err := process.Identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if !alive {
		id.Started += " long ago"
	}
	err = s.change(func(r *record) {
		r.Complete = true
		for _, name := range append([]string{"postgres", "epmd", "rabbitmq"}, Services...) {
			r.Programs[name] = id
		}
		r.Ports["order"] = 8000
		change(r)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLook(t *testing.T) {
	dead := process.Identity{PID: os.Getpid(), Started: "long ago"}
	for name, test := range map[string]struct {
		alive   bool
		change  func(*record)
		up, any bool
	}{
		"whole":                  {alive: true, change: func(*record) {}, up: true, any: true},
		"starting":               {alive: true, change: func(r *record) { r.Complete = false }, any: true},
		"one died":               {alive: true, change: func(r *record) { r.Programs["payment"] = dead }, any: true},
		"one was stopped":        {alive: true, change: func(r *record) { delete(r.Programs, "rabbitmq") }, any: true},
		"its owner was killed":   {alive: true, change: func(r *record) { r.Owner = &dead }, any: true},
		"with the user's broker": {alive: true, change: func(r *record) { r.AMQPURL = "amqp://x"; delete(r.Programs, "rabbitmq"); delete(r.Programs, "epmd") }, up: true, any: true},
		"pids given to others":   {alive: false, change: func(*record) {}},
	} {
		t.Run(name, func(t *testing.T) {
			view, err := Look(recorded(t, test.alive, test.change))
			if err != nil {
				t.Fatal(err)
			}
			if view.Up() != test.up || view.Any() != test.any {
				t.Errorf("up %v, any %v; want %v, %v", view.Up(), view.Any(), test.up, test.any)
			}
			if view.Owner != nil {
				t.Errorf("owner: %v", view.Owner)
			}
		})
	}
}

func TestLookNamesTheAddresses(t *testing.T) {
	view, err := Look(recorded(t, true, func(*record) {}))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(view.Programs, func(p ProgramView) bool { return p.Name == "order" })
	if i < 0 || view.Programs[i].URL != "http://localhost:8000" {
		t.Errorf("got %+v", view.Programs)
	}
}

func TestLookInAnEmptyFolder(t *testing.T) {
	view, err := Look(t.TempDir())
	if err != nil || view.Up() || view.Any() {
		t.Errorf("got %+v, %v", view, err)
	}
}

func TestDownLeavesOthersAlone(t *testing.T) {
	dir := recorded(t, false, func(*record) {}) // this test's pid, given to somebody else
	stopped, err := Down(context.Background(), dir, nil)
	if err != nil || len(stopped) > 0 {
		t.Errorf("stopped %v, %v", stopped, err)
	}
}

func TestBrokenStateIsReported(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Look(dir); err == nil || !strings.Contains(err.Error(), "state") {
		t.Errorf("got %v", err)
	}
}

func TestSweepRemovesOnlyWhatNobodyOwns(t *testing.T) {
	folder := t.TempDir()
	dead := process.Identity{PID: os.Getpid(), Started: "long ago"}
	self, err := process.Identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for name, owner := range map[string]*process.Identity{"left": &dead, "owned": &self} {
		dir := filepath.Join(folder, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		s, err := loadState(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.change(func(r *record) { r.Owner = owner }); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "in the making"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := sweep(folder); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 || left[0].Name() != "in the making" || left[1].Name() != "owned" {
		t.Errorf("left: %v", left)
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(context.Background(), path, func() { t.Error("waited for a free lock") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := lock(ctx, path, cancel); err == nil {
		t.Error("locked twice")
	}
	unlock()
	again, err := lock(context.Background(), path, func() {})
	if err != nil {
		t.Fatal(err)
	}
	again()
}
