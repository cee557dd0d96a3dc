// Command audit compares what the four services say about every order, reports
// where they disagree, and publishes lost events again when asked to.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"orders.internal/test/audit"
	"orders.internal/test/stack/console"
)

const usage = `usage: audit [--grace 90s] [--json] [--repair] [addresses]

Compares order, reservation, payment, gateway ledger and notifications of every
order, and the stock with the reservations. It reads the services' HTTP alone.

  --grace DURATION   what is younger may still be on its way (90s)
  --json             write the report as JSON
  --repair           publish the events again whose loss explains a difference,
                     where that is safe; needs the broker

The addresses are those of the stack that runs here, and can be given:

  --order URL  --inventory URL  --payment URL  --notification URL   (or ORDER_URL, ...)
  --amqp URL                                                        (or AMQP_URL)

AUDIT_TOKEN is the token to send where the services ask for one; its scope is ops.

The exit code is 0 when all agree, 1 when any differ, also when they were
repaired (the next audit tells), and 2 when the audit could not be done.
`

const (
	exitClean = iota
	exitDiffers
	exitFailed
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	grace := flags.Duration("grace", audit.DefaultGrace, "")
	asJSON := flags.Bool("json", false, "")
	repair := flags.Bool("repair", false, "")
	where := addressFlags(flags, getenv)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitClean
		}
		return exitFailed
	}
	fail := func(err error) int {
		fmt.Fprintf(stderr, "audit: %v\n", err)
		return exitFailed
	}
	if flags.NArg() > 0 || *grace < 0 {
		flags.Usage()
		return exitFailed
	}
	if err := where.Complete(getenv); err != nil {
		return fail(err)
	}
	if *repair && where.AMQP == "" {
		return fail(errors.New("--repair needs the broker: give --amqp or AMQP_URL"))
	}

	report, err := audit.Run(ctx, endpoints(where), audit.WithGrace(*grace), audit.WithProgress(console.NewProgress(stderr)), audit.WithToken(getenv("AUDIT_TOKEN")))
	if err != nil {
		return fail(err)
	}
	result := outcome{Report: report}
	var unrepaired error
	if *repair {
		result.Repaired, unrepaired = audit.Repair(ctx, where.AMQP, report)
	}
	write := result.writeTable
	if *asJSON {
		write = result.writeJSON
	}
	if err := errors.Join(unrepaired, write(stdout)); err != nil {
		return fail(err)
	}
	if report.Clean() {
		return exitClean
	}
	return exitDiffers
}
