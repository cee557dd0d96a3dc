package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"orders.internal/test/stack"
)

// withDocker puts a docker command into PATH that is a shell script.
func withDocker(t *testing.T, script string) *compose {
	t.Helper()
	bin := t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(bin, "docker"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	return newCompose(t.TempDir(), stack.Settings{}, nil)
}

func TestUnusable(t *testing.T) {
	for name, test := range map[string]struct {
		docker string
		want   string // "" when Compose can be used
	}{
		"no client":       {docker: "", want: "not installed"},
		"client alone":    {docker: `[ "$1" != info ]`, want: "no Docker engine answers"},
		"no Compose":      {docker: `[ "$1" != compose ]`, want: "Compose v2"},
		"Compose v1":      {docker: `echo 1.29.2`, want: "Compose v2"},
		"nothing to pull": {docker: `case "$2" in pull) exit 1;; *) echo v2.40.3;; esac`, want: "neither found nor pulled (docker compose pull"},
		"no base image":   {docker: `case "$2" in build) exit 1;; *) echo v2.40.3;; esac`, want: "neither found nor pulled (docker compose build"},
		"all there":       {docker: `echo v2.40.3`},
	} {
		t.Run(name, func(t *testing.T) {
			reason := withDocker(t, test.docker).unusable(context.Background())
			if test.want == "" && reason != "" || !strings.Contains(reason, test.want) {
				t.Errorf("got %q, want %q", reason, test.want)
			}
		})
	}
}

func TestComposeRunning(t *testing.T) {
	for name, test := range map[string]struct {
		docker string
		want   bool
	}{
		"no engine":     {docker: `exit 1`},
		"no containers": {docker: `case "$2" in ps) ;; *) echo v2.40.3;; esac`},
		"containers":    {docker: `echo v2.40.3`, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := withDocker(t, test.docker).running(context.Background()); err != nil || got != test.want {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
}
