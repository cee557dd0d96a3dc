// Command orderctl talks to the services over HTTP: it places orders, follows
// and cancels them, sets stock, and takes care of dead letters.
package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"orders.internal/test/addresses"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c := &ctl{
		where:   addresses.FromEnvironment(getenv),
		getenv:  getenv,
		client:  &http.Client{},
		out:     stdout,
		errs:    stderr,
		pause:   pause,
		silence: silence,
	}
	return c.run(ctx, args)
}

func (c *ctl) run(ctx context.Context, args []string) int {
	command := c.root()
	command.SetArgs(args)
	command.SetOut(c.out)
	command.SetErr(c.errs)
	return c.exit(command.ExecuteContext(ctx))
}

// ctl is what the commands share.
type ctl struct {
	where    *addresses.Addresses
	getenv   func(string) string
	client   *http.Client
	out      io.Writer
	errs     io.Writer
	pause    func(context.Context, time.Duration) error
	silence  time.Duration
	json     bool
	token    string
	operator string
}

// pause waits, and returns early with ctx's error when that ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
