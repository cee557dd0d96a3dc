package stack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"orders.internal/test/stack/console"
	"orders.internal/test/stack/process"
	"orders.internal/test/stack/servers"
)

// View is a stack as another process than its owner sees it.
type View struct {
	Programs []ProgramView // in the order of starting; the user's own servers are not among them
	Complete bool          // everything was ready once, and nothing is being stopped
	Owner    *process.Identity
}

// ProgramView is one program of a View.
type ProgramView struct {
	Name    string
	PID     int
	Running bool
	Port    int
	URL     string // base URL of a service, connection URL of a server
	Log     console.Log
}

// Look returns what there is in a stack's folder, running or not.
func Look(dir string) (View, error) {
	s, err := loadState(dir)
	if err != nil {
		return View{}, err
	}
	view := View{Complete: s.Complete}
	if s.Owner != nil && s.Owner.Alive() {
		view.Owner = s.Owner
	} else if s.Owner != nil {
		view.Complete = false // its owner was killed
	}
	for _, name := range s.expected() {
		id := s.Programs[name]
		view.Programs = append(view.Programs, ProgramView{
			Name: name, PID: id.PID, Running: id.Alive(), Port: s.Ports[name],
			Log: console.Log{Name: name, Path: logFile(dir, name)},
		})
	}
	return view, view.addURLs(dir)
}

// addURLs gives the programs the URLs to reach them by.
func (v View) addURLs(dir string) error {
	password, err := readPassword(dir)
	if err != nil {
		return err
	}
	for i := range v.Programs {
		switch p := &v.Programs[i]; p.Name {
		case "postgres":
			p.URL = servers.Postgres{Port: p.Port, Password: password}.AdminURL()
		case "rabbitmq":
			p.URL = servers.RabbitMQ{Port: p.Port, Password: password}.URL()
		case "epmd":
		default:
			p.URL = "http://localhost:" + strconv.Itoa(p.Port)
		}
	}
	return nil
}

// expected returns the names of the programs that a whole stack has.
func (r *record) expected() []string {
	var names []string
	if len(r.DatabaseURLs) < len(Services) {
		names = append(names, "postgres")
	}
	if r.AMQPURL == "" {
		names = append(names, "epmd", "rabbitmq")
	}
	return append(names, Services...)
}

// Up tells whether the whole stack runs.
func (v View) Up() bool {
	return v.Complete && !slices.ContainsFunc(v.Programs, func(p ProgramView) bool { return !p.Running })
}

// Any tells whether any of the stack's programs runs.
func (v View) Any() bool {
	return slices.ContainsFunc(v.Programs, func(p ProgramView) bool { return p.Running })
}

// Lock keeps others from starting or stopping the stack in dir meanwhile. It
// calls waiting once when another one does so just now.
func Lock(ctx context.Context, dir string, waiting func()) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("prepare the stack's folder: %w", err)
	}
	return lock(ctx, filepath.Join(dir, "lock"), waiting)
}

// Down stops the stack in dir: exactly the processes that were started for
// it. It returns their names.
func Down(ctx context.Context, dir string, progress *console.Progress) ([]string, error) {
	view, err := Look(dir)
	if err != nil {
		return nil, err
	}
	var stopped []string
	for _, p := range view.Programs {
		if p.Running {
			stopped = append(stopped, p.Name)
		}
	}
	if view.Owner != nil {
		progress.Say("==> asking the ./task up that runs here (process %d) to stop", view.Owner.PID)
		if err := syscall.Kill(view.Owner.PID, syscall.SIGTERM); err != nil {
			return nil, fmt.Errorf("stop process %d: %w", view.Owner.PID, err)
		}
		if err := WaitGone(ctx, *view.Owner); err != nil {
			return nil, err
		}
	}
	unlock, err := Lock(ctx, dir, func() { progress.Say("==> waiting for a ./task up that is just starting") })
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, err := open(Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	s.adoptAll()
	return stopped, s.Close(ctx)
}

// adoptAll takes over everything that was left running.
func (s *Stack) adoptAll() {
	for name, id := range s.state.programs() {
		p := s.program(name, process.Spec{}, nil)
		if !p.adopt(id) {
			continue
		}
		switch name {
		case "postgres":
			s.Database = p
		case "rabbitmq":
			s.Broker = p
		case "epmd":
			s.epmd = p
		default:
			s.services[name] = p
		}
	}
}

// WaitGone waits until the owner of a stack has stopped it and ended.
func WaitGone(ctx context.Context, owner process.Identity) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for owner.Alive() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for process %d to stop its stack: %w", owner.PID, context.Cause(ctx))
		}
	}
	return nil
}
