package servers

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"orders.internal/test/stack/process"
)

func TestRabbitMQKeepsToItself(t *testing.T) {
	r := RabbitMQ{Bin: "/bin", Erlang: "/erlang", Dir: filepath.Join(t.TempDir(), "it's here"), Port: 1, DistPort: 2, EpmdPort: 3, Password: "secret"}
	t.Setenv("RABBITMQ_NODENAME", "somebody@else")
	for range 2 { // a second start finds the files of the first
		if err := r.Prepare(); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := r.config(), "listeners.tcp.1 = 127.0.0.1:1\n"; !strings.HasPrefix(got, want) {
		t.Errorf("configuration: %s", got)
	}
	for _, want := range []string{"ERL_EPMD_PORT=3", "RABBITMQ_DIST_PORT=2", "RABBITMQ_NODENAME=orders@localhost", "HOME=" + r.path("home")} {
		if !slices.Contains(r.environment(), want) {
			t.Errorf("%s is not in %q", want, r.environment())
		}
	}
	info, err := os.Stat(r.path("home", ".erlang.cookie"))
	if err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("cookie: %v, %v; Erlang refuses one that others can read", info.Mode(), err)
	}
	if want := "amqp://orders:secret@127.0.0.1:1/"; r.URL() != want {
		t.Errorf("URL %s, want %s", r.URL(), want)
	}
}

func TestCtlPassesEnvironmentAndArguments(t *testing.T) {
	r := RabbitMQ{Bin: t.TempDir(), Dir: filepath.Join(t.TempDir(), "it's here")}
	if err := os.WriteFile(filepath.Join(r.Bin, "rabbitmqctl"), []byte("#!/bin/sh\necho \"$HOME|$1|$2\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := r.Prepare(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(r.Ctl(), "a b", "*").Output()
	if want := r.path("home") + "|a b|*\n"; err != nil || string(out) != want {
		t.Errorf("got %q, %v; want %q", out, err, want)
	}
}

func TestPostgresURLs(t *testing.T) {
	p := Postgres{Port: 5, Password: "secret"}
	if got, want := p.URL("order"), "postgres://order_service:secret@127.0.0.1:5/order_db?sslmode=disable"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := p.AdminURL(), "postgres://postgres:secret@127.0.0.1:5/postgres?sslmode=disable"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDataVersion(t *testing.T) {
	dir := t.TempDir()
	if version, err := DataVersion(dir); err != nil || version != "" {
		t.Errorf("no data: %q, %v", version, err)
	}
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if version, err := DataVersion(dir); err != nil || version != "15" {
		t.Errorf("got %q, %v", version, err)
	}
}

func TestUnlock(t *testing.T) {
	self, err := process.Identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	recycled := process.Identity{PID: self.PID, Started: "long ago"}
	for name, test := range map[string]struct {
		killed process.Identity
		locked int
		stays  bool
	}{
		"another program has the pid": {killed: recycled, locked: self.PID},
		"the server still runs":       {killed: self, locked: self.PID, stays: true},
		"the lock is another run's":   {killed: recycled, locked: self.PID + 1, stays: true},
		"no earlier run is known":     {locked: self.PID, stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := Postgres{Dir: t.TempDir()}
			if err := p.Unlock(test.killed); err != nil {
				t.Errorf("without a lock file: %v", err)
			}
			file := filepath.Join(p.Dir, "data", "postmaster.pid")
			if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(strconv.Itoa(test.locked)+"\n/data\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := p.Unlock(test.killed); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(file); (err == nil) != test.stays {
				t.Errorf("the lock file: %v", err)
			}
		})
	}
}
