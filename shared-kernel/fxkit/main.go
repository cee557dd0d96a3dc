package fxkit

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"go.uber.org/fx"

	"orders.internal/shared-kernel/prockit"
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
	prockit.Tune()
	fx.New(module(c)).Run()
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
