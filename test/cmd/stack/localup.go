package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"orders.internal/test/stack"
	"orders.internal/test/stack/console"
)

// up starts the local stack. In the foreground it shows the services' logs
// and stops everything when it is interrupted or a program dies.
func (l *local) up(ctx context.Context, detach bool) error {
	s, err := l.start(ctx, detach)
	if err != nil || s == nil {
		return err
	}
	if err := l.urls(ctx); err != nil {
		return err
	}
	if detach {
		fmt.Println("\nIt runs in the background. ./task logs shows what it does, ./task down stops it.")
		return nil
	}
	fmt.Print("\nCtrl-C stops everything.\n\n")
	return l.attend(ctx, s)
}

// start returns nil when the stack runs already.
func (l *local) start(ctx context.Context, detach bool) (*stack.Stack, error) {
	unlock, err := stack.Lock(ctx, l.dir, func() { l.progress.Say("==> waiting for another ./task up or down in this folder") })
	if err != nil {
		return nil, err
	}
	defer unlock()
	view, err := stack.Look(l.dir)
	if err != nil {
		return nil, err
	}
	if view.Up() {
		l.progress.Say("It runs already; ./task down stops it.")
		return nil, l.urls(ctx)
	}
	if view.Owner != nil {
		l.progress.Say("==> waiting for the ./task up that is just stopping (process %d)", view.Owner.PID)
		if err := stack.WaitGone(ctx, *view.Owner); err != nil {
			return nil, err
		}
	}
	begin := time.Now()
	s, err := stack.Start(ctx, stack.Options{
		Settings: l.settings, Dir: l.dir, Env: os.Environ(), Detached: detach, Progress: l.progress,
	})
	if err == nil {
		l.progress.Say("==> the system is up (%.1fs)\n", time.Since(begin).Seconds())
	}
	return s, err
}

// attend shows the logs until it is time to stop, and stops the stack.
func (l *local) attend(ctx context.Context, s *stack.Stack) error {
	watching, stopWatching := context.WithCancel(context.Background())
	printed := make(chan error, 1)
	go func() {
		renderer := console.NewRenderer(stack.Services, console.Coloured(os.Stdout))
		printed <- console.Follow(watching, os.Stdout, renderer, s.Logs(), nil)
	}()

	var reason error
	select {
	case <-ctx.Done():
	case <-orphaned(watching):
		reason = errors.New("the program that started ./task up has ended")
	case p := <-s.Died(watching):
		reason = p.Death()
		l.progress.Say("\n!!! %s has ended by itself\n", p.Name)
	case err := <-printed:
		reason = fmt.Errorf("show the logs: %w", err)
	}

	done := l.progress.Step("stopping everything; Ctrl-C again kills it")
	err := s.Close(untilSecondSignal())
	stopWatching()
	done("stopped")
	return errors.Join(reason, err)
}

// untilSecondSignal returns a context that the next Ctrl-C ends.
func untilSecondSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
	}()
	return ctx
}

// orphaned returns a channel that is closed when the program that started
// this one has ended: nobody is left then who could press Ctrl-C.
func orphaned(ctx context.Context) <-chan struct{} {
	gone := make(chan struct{})
	parent := os.Getppid()
	go func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for os.Getppid() == parent {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
		close(gone)
	}()
	return gone
}
