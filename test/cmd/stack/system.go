package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"orders.internal/test/stack"
	"orders.internal/test/stack/console"
)

// system is one of the two ways to run the project.
type system interface {
	// running tells whether any part of it runs.
	running(ctx context.Context) (bool, error)
	up(ctx context.Context, detach bool) error
	down(ctx context.Context, purge bool) error
	status(ctx context.Context) error
	logs(ctx context.Context, names []string, follow bool, lines int) error
	urls(ctx context.Context) error
}

func down(ctx context.Context, args []string) error {
	flags := newFlags("down")
	purge := flags.Bool("purge", false, "")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	systems, err := all()
	if err != nil {
		return err
	}
	found := false
	for _, s := range systems {
		running, err := s.running(ctx)
		if err != nil {
			return err
		}
		found = found || running
		if running || *purge {
			if err := s.down(ctx, *purge); err != nil {
				return err
			}
		}
	}
	if !found {
		fmt.Println("nothing was running")
	}
	return nil
}

func status(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	s, err := current(ctx)
	if err != nil {
		return err
	}
	return s.status(ctx)
}

func logs(ctx context.Context, args []string) error {
	flags := newFlags("logs")
	follow := flags.Bool("follow", false, "")
	flags.BoolVar(follow, "f", false, "")
	lines := flags.Int("lines", 50, "")
	names, err := parseMixed(flags, args)
	if err != nil {
		return errUsage
	}
	s, err := current(ctx)
	if err != nil {
		return err
	}
	return s.logs(ctx, names, *follow, *lines)
}

func urls(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	s, err := current(ctx)
	if err != nil {
		return err
	}
	return s.urls(ctx)
}

// current returns the system that runs, and the local one when none does.
func current(ctx context.Context) (system, error) {
	systems, err := all()
	if err != nil {
		return nil, err
	}
	for _, s := range systems {
		if running, err := s.running(ctx); err != nil || running {
			return s, err
		}
	}
	return systems[0], nil
}

// all returns the local system first: asking it costs nothing.
func all() ([]system, error) {
	root, err := stack.Root()
	if err != nil {
		return nil, err
	}
	settings, err := stack.SettingsFrom(os.Getenv)
	if err != nil {
		return nil, err
	}
	progress := console.NewProgress(os.Stdout)
	return []system{newLocal(root, settings, progress), newCompose(root, settings, progress)}, nil
}

func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the usage of all commands
	return flags
}

// parseMixed lets flags stand behind other arguments, as people type them.
func parseMixed(flags *flag.FlagSet, args []string) ([]string, error) {
	var names []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return names, nil
		}
		names = append(names, flags.Arg(0))
		args = flags.Args()[1:]
	}
}
