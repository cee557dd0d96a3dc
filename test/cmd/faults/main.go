// Command faults harms a running system under load and reports whether it kept
// its promises. It starts everything it needs and stops it again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"orders.internal/test/faults"
	"orders.internal/test/stack"
	"orders.internal/test/stack/console"
)

const (
	exitProblems    = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	switch err := run(ctx, os.Args[1:]); {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(exitUsage)
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "faults: interrupted")
		os.Exit(exitInterrupted)
	default:
		fmt.Fprintf(os.Stderr, "faults: %v\n", err)
		os.Exit(exitProblems)
	}
}

var (
	errUsage    = errors.New("wrong arguments")
	errProblems = errors.New("the system did not keep its promises")
)

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("faults", flag.ContinueOnError)
	seed := flags.Uint64("seed", 0, "of the schedule; 0 for a random one")
	short := flags.Bool("short", false, "half a minute instead of five")
	drain := flags.Duration("drain", 0, "instead, end and start one replica after the other for so long, as in a deployment")
	rate := flags.Float64("rate", 10, "orders a second")
	if err := flags.Parse(args); err != nil {
		return errors.Join(errUsage, err)
	}
	if *seed == 0 {
		*seed = rand.Uint64N(1_000_000) + 1
	}
	root, err := stack.Root()
	if err != nil {
		return err
	}
	plan := faults.Long(*seed)
	if *short {
		plan = faults.Short(*seed)
	}
	logs := filepath.Join(root, ".stack", "faults", fmt.Sprintf("seed-%d", *seed))
	options := faults.Options{Rate: *rate, Logs: logs, Progress: console.NewProgress(os.Stdout)}
	var report faults.Report
	if *drain > 0 {
		report, err = faults.Drain(ctx, *seed, *drain, options)
	} else {
		plan.PrintPlan(os.Stdout)
		report, err = faults.Run(ctx, plan, options)
	}
	if !report.Started.IsZero() {
		report.Print(os.Stdout)
		fmt.Printf("The logs are in %s.\n", logs)
	}
	if err == nil && report.Failed() {
		err = errProblems
	}
	return err
}
