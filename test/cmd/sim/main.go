// Command sim runs the simulation of the whole system for many seeds. A seed
// that breaks a promise is printed with the shortest trace that breaks it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"orders.internal/shared-kernel/simkit"
	"orders.internal/test/sim"
)

// shrinkRuns bounds how many runs looking for the simplest one takes.
const shrinkRuns = 5000

// options are the command's flags.
type options struct {
	from    uint64
	seeds   int
	trace   bool
	without simkit.Protection
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	o, err := parse(os.Args[1:])
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(os.Stderr, "sim: %v\n", err)
		}
		os.Exit(2)
	}
	held := run(ctx, o, os.Stdout, os.Stderr)
	stop()
	if !held {
		os.Exit(1)
	}
}

func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("sim", flag.ContinueOnError)
	flags.Uint64Var(&o.from, "from", 1, "first `seed`")
	flags.IntVar(&o.seeds, "seeds", 10_000, "how `many` seeds")
	flags.BoolVar(&o.trace, "trace", false, "print the whole trace of the first seed, and nothing else")
	without := flags.String("without", "", "leave out a `protection`, to see what happens: "+fmt.Sprint(simkit.Protections))
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.without = simkit.Protection(*without)
	if *without != "" && !slices.Contains(simkit.Protections, o.without) {
		return o, fmt.Errorf("-without: there is no protection %q; there are %v", o.without, simkit.Protections)
	}
	if o.seeds < 1 || flags.NArg() > 0 {
		return o, fmt.Errorf("-seeds must be at least 1, and there are no arguments: %v", flags.Args())
	}
	return o, nil
}

// run returns whether every promise was kept.
func run(ctx context.Context, o options, out, errOut io.Writer) bool {
	if o.trace {
		r := sim.Trace(o.from, o.without)
		fmt.Fprint(out, r)
		return len(r.Violations) == 0
	}
	p := newProgress(errOut, o.seeds)
	failed := sim.Search(ctx, o.from, o.seeds, o.without, p.finished)
	fmt.Fprintf(out, "%s\n%s", p.line(), p.stats)
	if failed == nil {
		fmt.Fprintln(out, "every promise was kept")
		return true
	}
	fmt.Fprintf(out, "\nseed %d fails (-from %d -trace prints all of it):\n%s\n", failed.Seed, failed.Seed, *failed)
	simplest, runs := sim.Shrink(*failed, o.without, shrinkRuns)
	fmt.Fprintf(out, "the simplest run that breaks the same, found in %d runs:\n%s", runs, simplest)
	return false
}
