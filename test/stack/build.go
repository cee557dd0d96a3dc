package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Root returns the folder of the repository: the nearest one above the
// working directory with a go.work.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("not inside the repository: no go.work here or above")
		}
		dir = parent
	}
}

// build compiles the services into a folder that all stacks of the repository
// share, and returns it. What is up to date is not linked again.
func build(ctx context.Context, root string, race bool) (string, error) {
	bin := filepath.Join(root, ".stack", "bin")
	args := []string{"build", "-buildvcs=false"}
	env := append(os.Environ(), "CGO_ENABLED=0") // as in the images
	if race {
		env = os.Environ() // which the race detector needs
		bin += "-race"
		args = append(args, "-race")
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", fmt.Errorf("build the services: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(bin, "lock"), func() {})
	if err != nil {
		return "", fmt.Errorf("build the services: %w", err)
	}
	defer unlock()

	args = append(args, "-o", bin+string(filepath.Separator))
	for _, service := range Services {
		args = append(args, "./"+service)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = root, env
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the services: %w\n%s", err, out)
	}
	return bin, nil
}
