// Command bench measures the speed of the system. It starts everything it needs
// and stops it again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"orders.internal/test/bench"
	"orders.internal/test/stack/console"
)

const (
	exitProblems    = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// generatorGC keeps the load generator from spending the CPU that it measures on
// collecting its few megabytes.
const generatorGC = 800

var (
	errUsage    = errors.New("wrong arguments")
	errProblems = errors.New("the system did not keep its promises")
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	o, err := parse(os.Args[1:], os.Stderr)
	if err == nil {
		err = run(ctx, o)
	}
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(exitUsage)
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "bench: interrupted")
		os.Exit(exitInterrupted)
	default:
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(exitProblems)
	}
}

// options are the command's flags.
type options struct {
	plan       bench.Plan
	logLevel   string
	json, plot string
	profile    string
}

func parse(args []string, out io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	quick := flags.Bool("quick", false, "all of it in less than two minutes")
	seed := flags.Uint64("seed", 1, "of the orders")
	only := flags.String("only", strings.Join(bench.Phases, ","), "`phases` to measure; there are "+bench.Growth+", too, for a system that is full of old orders, and "+bench.Statements+", for the plans of what is sent to PostgreSQL, and "+bench.Outage+", for what happens while a server is gone and afterwards")
	keys := flags.Bool("keys", false, "orders come with idempotency keys")
	clients := flags.Int("clients", 0, "of the closed loop (default 256)")
	inFlight := flags.Int("in-flight", 0, "orders that may be pending at once in the closed loop; 0: as many as come of it (default 2048)")
	long := flags.Duration("duration", 0, "how long orders are placed to measure the throughput (default 1m)")
	old := flags.Int("old-orders", 0, "in the phase growth: old orders with all their rows (default 2000000)")
	more := flags.Int("more-orders", 0, "in the phase growth: old orders in the orders table alone (default 10000000)")
	gone := flags.Duration("gone", 0, "in the phase outage: how long a server is gone (default 1m, with -quick 10s)")
	goneRate := flags.Float64("gone-rate", 0, "in the phase outage: orders a second meanwhile (default half of the throughput, or 200 where it is not measured)")
	backlog := flags.Int("backlog", 0, "in the phase outage: events that fill the outbox (default 100000, with -quick 5000)")
	flags.StringVar(&o.logLevel, "log-level", "", "of the services (default INFO)")
	flags.StringVar(&o.json, "json", "", "write everything to a `file`")
	flags.StringVar(&o.plot, "plot", "", "draw an SVG `file`")
	flags.StringVar(&o.profile, "profile", "", "write CPU, heap and mutex profiles of the services, from the throughput phase, to a `folder`")
	if err := flags.Parse(args); err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	o.plan = bench.Full()
	if *quick {
		o.plan = bench.Quick()
	}
	o.plan.Seed, o.plan.Keys, o.plan.Phases = *seed, *keys, strings.Split(*only, ",")
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "clients":
			o.plan.Clients = *clients
		case "in-flight":
			o.plan.InFlight = *inFlight
		case "duration":
			o.plan.Throughput = *long
		case "gone":
			o.plan.Outage = *gone
		case "gone-rate":
			o.plan.OutageRate = *goneRate
		case "backlog":
			o.plan.Backlog = *backlog
		case "old-orders":
			o.plan.OldOrders = *old
		case "more-orders":
			o.plan.MoreOrders = *more
		}
	})
	switch problem := o.plan.Check(); {
	case problem != "":
		return o, fmt.Errorf("%w: %s", errUsage, problem)
	case flags.NArg() > 0:
		return o, fmt.Errorf("%w: there are only flags, not %v", errUsage, flags.Args())
	}
	return o, nil
}

func run(ctx context.Context, o options) error {
	files, err := o.create() // before, not after minutes of work
	if err != nil {
		return err
	}
	debug.SetGCPercent(generatorGC)
	report, err := bench.Run(ctx, o.plan, bench.Options{
		LogLevel: o.logLevel, Profile: o.profile, Progress: console.NewProgress(os.Stdout),
	})
	if len(report.Phases) > 0 || report.Limits != nil || report.Growth != nil || report.Statements != nil { // as far as it came
		fmt.Println()
		report.Print(os.Stdout)
		err = errors.Join(err, files.write(report))
	}
	if err != nil {
		return err
	}
	if o.profile != "" {
		fmt.Printf("The profiles are in %s.\n", filepath.Clean(o.profile))
	}
	fmt.Printf("It took %.0f s.\n", report.Took)
	if report.Failed() {
		return errProblems
	}
	return nil
}

// outputs are the files that were asked for; nil: not asked for.
type outputs struct{ json, plot *os.File }

func (o options) create() (files outputs, err error) {
	if o.json != "" {
		if files.json, err = os.Create(o.json); err != nil {
			return files, fmt.Errorf("%w: -json: %w", errUsage, err)
		}
	}
	if o.plot != "" {
		if files.plot, err = os.Create(o.plot); err != nil {
			return files, fmt.Errorf("%w: -plot: %w", errUsage, err)
		}
	}
	return files, nil
}

func (f outputs) write(r bench.Report) error {
	var errs []error
	if f.json != nil {
		errs = append(errs, r.WriteJSON(f.json), f.json.Close())
	}
	if f.plot != nil {
		errs = append(errs, r.Plot(f.plot), f.plot.Close())
	}
	return errors.Join(errs...)
}
