// Package process starts programs that may outlive the one that started
// them, and finds, signals and ends exactly those again.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Spec says how to start a program.
type Spec struct {
	Name string // for messages
	Path string
	Args []string
	Env  []string
	Dir  string
	Log  string // file that both outputs are appended to
	User *User  // nil: the caller's own
	// Guarded programs are killed when this process ends, however it ends.
	Guarded bool
}

// Process is one running program, the leader of a session of its own: the
// terminal's Ctrl-C and hang-up don't reach it.
type Process struct {
	name string
	id   Identity
	done chan struct{}
	exit string // how it ended; set before done is closed

	releaseGuard func()
}

// Start runs the program. It does not wait for it to be ready.
func Start(spec Spec) (*Process, error) {
	log, err := os.OpenFile(spec.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	defer log.Close()

	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Env, cmd.Dir = spec.Env, spec.Dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = spec.User.attributes()
	cmd.SysProcAttr.Setsid = true
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}

	p := &Process{name: spec.Name, done: make(chan struct{}), releaseGuard: func() {}}
	// Before anyone waits for it, the pid can't be given to another process.
	p.id, err = Identify(cmd.Process.Pid)
	if err == nil && spec.Guarded {
		p.releaseGuard, err = guard(cmd.Process.Pid)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", spec.Name, err), cmd.Process.Kill(), cmd.Wait())
	}
	go func() {
		_ = cmd.Wait() // its error says no more than the state
		p.ended(cmd.ProcessState.String())
	}()
	return p, nil
}

// Adopt takes over a program that an earlier process started. It reports
// false when that program no longer runs.
func Adopt(name string, id Identity) (*Process, bool) {
	if !id.Alive() {
		return nil, false
	}
	p := &Process{name: name, id: id, done: make(chan struct{}), releaseGuard: func() {}}
	go func() {
		for id.Alive() {
			time.Sleep(100 * time.Millisecond) // somebody else's child: there is nothing to wait on
		}
		p.ended("ended")
	}()
	return p, true
}

// ID returns the identity under which Adopt finds the program again.
func (p *Process) ID() Identity { return p.id }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit says how the program ended. Call it after Done.
func (p *Process) Exit() string { return p.exit }

// Signal sends a signal to the program and what it started in its group.
func (p *Process) Signal(sig syscall.Signal) error {
	select {
	case <-p.done:
		return fmt.Errorf("signal %s: it has ended", p.name)
	default:
	}
	if err := syscall.Kill(-p.id.PID, sig); err != nil {
		return fmt.Errorf("signal %s: %w", p.name, err)
	}
	return nil
}

// Stop asks the program to end with sig and waits. When it has not ended
// after grace, or ctx ends first, it is killed and Stop returns an error.
func (p *Process) Stop(ctx context.Context, sig syscall.Signal, grace time.Duration) error {
	select {
	case <-p.done:
		return nil
	default:
	}
	// Only the leader is asked: it knows how to end its own children.
	if err := syscall.Kill(p.id.PID, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	// A suspended program sees the signal only once it goes on, and it may be
	// waiting for a child that was suspended with it.
	_ = syscall.Kill(-p.id.PID, syscall.SIGCONT)

	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("stop %s: still running after %v, killed", p.name, grace)
	}
}

// Kill ends the program and its group with SIGKILL and waits until it is gone.
func (p *Process) Kill() {
	select {
	case <-p.done:
		return
	default:
	}
	_ = syscall.Kill(-p.id.PID, syscall.SIGKILL) // it fails only when nobody is left
	<-p.done
}

func (p *Process) ended(how string) {
	p.exit = how
	p.releaseGuard()
	close(p.done)
}
