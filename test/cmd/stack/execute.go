package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"time"

	"orders.internal/test/stack"
	"orders.internal/test/stack/console"
)

// execute runs a command beside a fresh PostgreSQL and RabbitMQ, named to it
// in the environment, and stops them when it has ended.
func execute(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return errUsage
	}
	// Standard output is the command's own.
	s, err := stack.StartScratchServers(ctx, console.NewProgress(os.Stderr))
	if err != nil {
		return err
	}

	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), s.TestEnvironment()...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	err = cmd.Run()
	if closing := s.Close(context.WithoutCancel(ctx)); closing != nil {
		return errors.Join(err, closing)
	}
	return err
}
