package stack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"time"

	"orders.internal/test/stack/console"
	"orders.internal/test/stack/process"
)

const (
	probeInterval = 50 * time.Millisecond
	probeTimeout  = 2 * time.Second
	startTimeout  = 2 * time.Minute // a slow machine that does other things too

	// How long a program may take to end after it was asked to.
	serviceGrace = 30 * time.Second // a service drains for up to 20 s
	serverGrace  = 60 * time.Second
)

// Program is one long-running program of a stack: a server or a service.
// Its methods may be called from several goroutines.
type Program struct {
	Name string

	spec  process.Spec
	ready func(context.Context) error
	// passing is in the log of a start that failed for a reason that goes away.
	passing string
	state   *state

	mu   sync.Mutex
	proc *process.Process
}

// Start runs the program and returns when it is ready. When it ends before
// that, or takes too long, the error has its last log lines.
func (p *Program) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		if err := p.launch(); err != nil {
			return err
		}
		err := p.WaitReady(ctx)
		if err == nil {
			return nil
		}
		if p.passing == "" || p.Running() || !strings.Contains(strings.Join(p.LastLog(5), "\n"), p.passing) || ctx.Err() != nil {
			return err
		}
	}
}

func (p *Program) launch() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc != nil && p.proc.ID().Alive() {
		return fmt.Errorf("start %s: it runs already", p.Name)
	}
	proc, err := process.Start(p.spec)
	if err != nil {
		return err
	}
	p.proc = proc
	return p.state.started(p.Name, proc.ID())
}

// WaitReady returns when the program is ready for work.
func (p *Program) WaitReady(ctx context.Context) error {
	tick := time.NewTicker(probeInterval)
	defer tick.Stop()
	for {
		probe, cancel := context.WithTimeout(ctx, probeTimeout)
		err := p.ready(probe)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-p.Done():
			return p.Death()
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w (%w)%s", p.Name, err, context.Cause(ctx), p.quoteLog())
		case <-tick.C:
		}
	}
}

// Stop asks the program to end and waits until it has. One that doesn't run
// is fine.
func (p *Program) Stop(ctx context.Context) error {
	proc := p.current()
	if proc == nil {
		return nil
	}
	signal, grace := syscall.SIGTERM, serviceGrace
	switch p.Name {
	case "postgres":
		signal, grace = syscall.SIGINT, serverGrace // "fast": disconnect everybody
	case "rabbitmq", "epmd":
		grace = serverGrace
	}
	return errors.Join(proc.Stop(ctx, signal, grace), p.state.ended(p.Name))
}

// Kill ends the program with SIGKILL, as a crash would.
func (p *Program) Kill() error {
	proc := p.current()
	if proc == nil {
		return nil
	}
	proc.Kill()
	return p.state.ended(p.Name)
}

// Restart stops the program and starts it again.
func (p *Program) Restart(ctx context.Context) error {
	return errors.Join(p.Stop(ctx), p.Start(ctx))
}

// Pause suspends the program with SIGSTOP: it holds its connections and
// answers nothing.
func (p *Program) Pause() error { return p.signal(syscall.SIGSTOP) }

// Resume lets a suspended program go on.
func (p *Program) Resume() error { return p.signal(syscall.SIGCONT) }

func (p *Program) signal(sig syscall.Signal) error {
	proc := p.current()
	if proc == nil {
		return fmt.Errorf("signal %s: it was never started", p.Name)
	}
	return proc.Signal(sig)
}

// Setenv sets a variable of the program from its next start on.
func (p *Program) Setenv(key, value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spec.Env = append(p.spec.Env, key+"="+value) // the last one counts
}

// Running tells whether the program runs, ready or not.
func (p *Program) Running() bool {
	proc := p.current()
	return proc != nil && proc.ID().Alive()
}

// Done is closed when the run of the program that was last started has ended.
func (p *Program) Done() <-chan struct{} {
	if proc := p.current(); proc != nil {
		return proc.Done()
	}
	never := make(chan struct{})
	close(never)
	return never
}

// PID is the process id of the program's present run, 0 when it doesn't run.
func (p *Program) PID() int {
	if proc := p.current(); proc != nil && proc.ID().Alive() {
		return proc.ID().PID
	}
	return 0
}

// Exit says how the last run of the program ended, as "exit status 0" or
// "signal: killed". Call it after Done.
func (p *Program) Exit() string {
	if proc := p.current(); proc != nil {
		return proc.Exit()
	}
	return "never started"
}

// Death is the error to report after Done, with the last log lines.
func (p *Program) Death() error {
	how := "is not running"
	if proc := p.current(); proc != nil {
		<-proc.Done()
		how = "ended by itself: " + proc.Exit()
	}
	return fmt.Errorf("%s %s%s", p.Name, how, p.quoteLog())
}

// LastLog returns up to n last lines of the program's log.
func (p *Program) LastLog(n int) []string { return console.Last(p.spec.Log, n) }

// Path is the program's executable file.
func (p *Program) Path() string { return p.spec.Path }

// Log is the program's log file.
func (p *Program) Log() console.Log { return console.Log{Name: p.Name, Path: p.spec.Log} }

func (p *Program) quoteLog() string {
	lines := p.LastLog(20)
	if len(lines) == 0 {
		return "; it logged nothing"
	}
	return "; its last log lines:\n    " + strings.Join(lines, "\n    ")
}

// adopt takes over the program when an earlier process of this project left
// it running.
func (p *Program) adopt(id process.Identity) bool {
	proc, found := process.Adopt(p.Name, id)
	if found {
		p.mu.Lock()
		p.proc = proc
		p.mu.Unlock()
	}
	return found
}

func (p *Program) current() *process.Process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.proc
}
