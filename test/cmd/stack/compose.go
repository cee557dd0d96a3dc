package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"orders.internal/test/stack"
	"orders.internal/test/stack/console"
)

// answerTimeout bounds questions to the Docker engine.
const answerTimeout = 20 * time.Second

// compose is the system in containers, as compose.yaml describes it.
type compose struct {
	root     string
	settings stack.Settings
	progress *console.Progress
}

func newCompose(root string, settings stack.Settings, progress *console.Progress) *compose {
	return &compose{root: root, settings: settings, progress: progress}
}

// unusable says why the system can't run in containers here, "" when it can.
// It pulls and builds the images to find out.
func (c *compose) unusable(ctx context.Context) string {
	if reason := c.noEngine(ctx); reason != "" {
		return reason
	}
	done := c.progress.Step("getting the images for Docker Compose")
	for _, step := range [][]string{{"pull", "--policy", "missing", "--ignore-buildable"}, {"build"}} {
		if err := c.docker(ctx, append([]string{"compose"}, step...)...).Run(); err != nil {
			done("")
			return fmt.Sprintf("its images can be neither found nor pulled (docker compose %s: %v, see above)", step[0], err)
		}
	}
	done("the images are there")
	return ""
}

// noEngine: a client alone doesn't count, the engine has to answer.
func (c *compose) noEngine(ctx context.Context) string {
	if _, err := exec.LookPath("docker"); err != nil {
		return "Docker is not installed"
	}
	if _, err := c.ask(ctx, "info"); err != nil {
		return "no Docker engine answers (docker info fails)"
	}
	version, err := c.ask(ctx, "compose", "version", "--short")
	if err != nil || strings.HasPrefix(strings.TrimPrefix(version, "v"), "1.") {
		return "Docker Compose v2 is not installed"
	}
	return ""
}

func (c *compose) running(ctx context.Context) (bool, error) {
	if c.noEngine(ctx) != "" {
		return false, nil
	}
	containers, err := c.ask(ctx, "compose", "ps", "--quiet")
	return containers != "", err
}

// up always leaves the containers running in the background: Compose waits
// until they are healthy only then.
func (c *compose) up(ctx context.Context, _ bool) error {
	if reason := c.noEngine(ctx); reason != "" {
		return fmt.Errorf("can't use Docker Compose: %s; ./task up:local needs no Docker", reason)
	}
	running, err := c.running(ctx)
	if err != nil {
		return err
	}
	if !running {
		if err := stack.CheckPorts(c.settings.Ports); err != nil {
			return err
		}
	}
	done := c.progress.Step("starting the system with Docker Compose")
	if err := c.docker(ctx, "compose", "up", "--build", "--wait").Run(); err != nil {
		done("")
		return fmt.Errorf("docker compose up: %w; ./task logs shows what the containers say", err)
	}
	done("all containers are healthy")
	if err := c.urls(ctx); err != nil {
		return err
	}
	fmt.Println("\nIt runs in the background. ./task logs shows what it does, ./task down stops it.")
	return nil
}

func (c *compose) down(ctx context.Context, purge bool) error {
	if c.noEngine(ctx) != "" {
		return nil // nothing of it can be running
	}
	args := []string{"compose", "down"}
	if purge {
		args = append(args, "--volumes")
	}
	return c.docker(ctx, args...).Run()
}

func (c *compose) status(ctx context.Context) error {
	return c.docker(ctx, "compose", "ps", "--all").Run()
}

func (c *compose) logs(ctx context.Context, names []string, follow bool, lines int) error {
	args := []string{"compose", "logs", "--tail", strconv.Itoa(lines)}
	if follow {
		args = append(args, "--follow")
	}
	if len(names) == 0 {
		names = stack.Services
	}
	return c.docker(ctx, append(args, names...)...).Run()
}

func (c *compose) urls(context.Context) error {
	urls := map[string]string{}
	for service, port := range c.settings.Ports {
		urls[service] = "http://localhost:" + strconv.Itoa(port)
	}
	printURLs(urls)
	return nil
}

// docker prepares a command whose output the user sees.
func (c *compose) docker(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Dir = c.root
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	return cmd
}

// ask returns what a docker command prints.
func (c *compose) ask(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Dir = c.root
	cmd.WaitDelay = time.Second
	var failure bytes.Buffer
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(failure.Bytes()))
	}
	return strings.TrimSpace(string(out)), nil
}
