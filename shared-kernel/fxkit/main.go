package fxkit

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"go.uber.org/fx"
)

const (
	exitFailure  = 1
	exitBadUsage = 2
	probeTimeout = 3 * time.Second
)

// Main runs a service until it is told to stop: load reads its configuration,
// module wires it. With the argument "healthcheck" it asks the running service
// whether it is ready instead, for images that have no other program to do so.
// It exits with 2 when the configuration has faults, which it names all.
func Main[C interface{ HTTPPort() int }](load func(environment []string) (C, error), module func(C) fx.Option) {
	c, err := load(os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitBadUsage)
	}
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		if err := healthcheck(c.HTTPPort()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitFailure)
		}
		return
	}
	setMemory()
	fx.New(module(c)).Run()
}

// The garbage collector's settings: a service lives on little, so that it can
// afford to collect less often, within a bound.
const (
	gcPercent   = 400
	memoryLimit = 192 << 20 // bytes; soft: near it, the collector works harder
)

// setMemory sets what the environment doesn't (GOGC and GOMEMLIMIT,
// https://pkg.go.dev/runtime#hdr-Environment_Variables).
func setMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

func healthcheck(port int) error {
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/readyz", port), nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("/readyz answers %s", answer.Status)
	}
	return nil
}
