// Command stack runs the system on this machine: with Docker Compose where
// there is an engine, otherwise as plain processes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
)

const usage = `usage: stack COMMAND [ARGUMENTS]

  up [--detach] [--local | --compose]   start the system
  down [--purge]                        stop it; --purge deletes its data too
  status                                show what runs
  logs [--follow] [--lines N] [NAME...] show the logs
  urls                                  show the addresses
  exec COMMAND [ARGUMENTS]              run a command beside fresh test servers
`

// errUsage asks for the usage text.
var errUsage = errors.New("unknown command or argument")

var commands = map[string]func(ctx context.Context, args []string) error{
	"up":     up,
	"down":   down,
	"status": status,
	"logs":   logs,
	"urls":   urls,
	"exec":   execute,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// run returns the exit code: that of the command run by exec, 2 for wrong
// usage, 130 when interrupted, 1 for everything else that fails.
func run(ctx context.Context, args []string) int {
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "--help"}, args[0]) {
		fmt.Print(usage)
		return 0
	}
	command, known := commands[args[0]]
	err := errUsage
	if known {
		err = command(ctx, args[1:])
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "stack: %v\n\n%s", err, usage)
		return 2
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		if err != error(exit) { // a bare one is the command's of exec, which has said why itself
			fmt.Fprintf(os.Stderr, "stack: %v\n", err)
		}
		return exit.ExitCode()
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "stack: interrupted")
		return 130
	default:
		fmt.Fprintf(os.Stderr, "stack: %v\n", err)
		return 1
	}
}
