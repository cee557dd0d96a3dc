package main

import (
	"context"
	"os"
	"path/filepath"

	"orders.internal/test/stack"
	"orders.internal/test/stack/console"
)

func up(ctx context.Context, args []string) error {
	flags := newFlags("up")
	detach := flags.Bool("detach", false, "")
	onlyLocal := flags.Bool("local", false, "")
	onlyCompose := flags.Bool("compose", false, "")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 || *onlyLocal && *onlyCompose {
		return errUsage
	}
	root, err := stack.Root()
	if err != nil {
		return err
	}
	settings, err := stack.SettingsFrom(os.Getenv)
	if err != nil {
		return err
	}
	progress := console.NewProgress(os.Stdout)
	local, compose := newLocal(root, settings, progress), newCompose(root, settings, progress)

	switch {
	case *onlyLocal:
		return local.up(ctx, *detach)
	case *onlyCompose:
		return compose.up(ctx, *detach)
	}
	if running, err := local.running(ctx); err != nil || running {
		if err != nil {
			return err
		}
		return local.up(ctx, *detach)
	}
	if reason := compose.unusable(ctx); reason != "" {
		progress.Say("==> local stack, not Docker Compose: %s", reason)
		return local.up(ctx, *detach)
	}
	return compose.up(ctx, *detach)
}

// stackFolder holds all that the local stack writes.
func stackFolder(root string) string { return filepath.Join(root, ".stack") }
