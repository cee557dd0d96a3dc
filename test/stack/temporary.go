package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"orders.internal/test/stack/console"
)

// StartTemporary starts a stack for tests: in a folder of its own, on free
// ports, with the variables given (KEY=value) for every service. Close
// removes it, and it ends with this process even when that is killed. The
// services are built with the race detector when STACK_RACE is 1.
func StartTemporary(ctx context.Context, env ...string) (*Stack, error) {
	return startTemporary(ctx, Options{Env: append(os.Environ(), env...)})
}

// StartTemporaryServers starts the servers alone.
func StartTemporaryServers(ctx context.Context, progress *console.Progress) (*Stack, error) {
	return startTemporary(ctx, Options{ServersOnly: true, Progress: progress})
}

// StartScratchServers is StartTemporaryServers without waiting for the disk: a
// power failure would spoil the data, which nobody needs then.
func StartScratchServers(ctx context.Context, progress *console.Progress) (*Stack, error) {
	return startTemporary(ctx, Options{ServersOnly: true, Progress: progress, scratch: true})
}

func startTemporary(ctx context.Context, options Options) (*Stack, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(root, ".stack", "test")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("prepare the stack's folder: %w", err)
	}
	if err := sweep(folder); err != nil {
		return nil, err
	}
	options.Dir, err = os.MkdirTemp(folder, "")
	if err != nil {
		return nil, fmt.Errorf("prepare the stack's folder: %w", err)
	}
	if err := os.Chmod(options.Dir, 0o755); err != nil { // PostgreSQL's user must get in
		return nil, fmt.Errorf("prepare the stack's folder: %w", err)
	}
	options.Ports = map[string]int{}
	for _, service := range Services {
		if options.Ports[service], err = freePort(options.Ports); err != nil {
			return nil, err
		}
	}
	options.temporary = true
	options.Race = os.Getenv("STACK_RACE") == "1"
	return Start(ctx, options)
}

// sweep removes temporary stacks whose owner ended without closing them.
func sweep(folder string) error {
	stacks, err := filepath.Glob(filepath.Join(folder, "*", "state.json"))
	if err != nil {
		return err
	}
	for _, file := range stacks {
		dir := filepath.Dir(file)
		s, err := loadState(dir)
		if err != nil || s.Owner == nil || s.Owner.Alive() {
			continue // in the making, or somebody's
		}
		for name, id := range s.programs() {
			if p := (&Program{Name: name}); p.adopt(id) {
				p.current().Kill()
			}
		}
		if err := os.RemoveAll(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove the stack of a test that was killed: %w", err)
		}
	}
	return nil
}
