// Package bench measures how fast the system is: how many orders it completes,
// how long they take, what they cost of the CPU, and how far that is from what
// PostgreSQL and RabbitMQ allow for on the same machine.
//
// The system is one replica of every service and a PostgreSQL and a RabbitMQ of
// its own, with all that makes it durable. The load generator runs beside them, on
// the same CPUs.
package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orders.internal/test/aftermath"
	"orders.internal/test/stack/console"
)

// Options are what a measurement needs beside its plan.
type Options struct {
	LogLevel string            // of the services; empty: as the environment has it
	Profile  string            // folder for profiles of the services; empty: none
	Progress *console.Progress // nil: silent
}

// bench is a running measurement.
type bench struct {
	plan     Plan
	options  Options
	progress *console.Progress
	system   *system
	client   *client
	report   *Report
}

// Run starts a system, measures it as planned, and stops it. Its error means
// that it could not be done; what the system did wrong is in the report.
func Run(ctx context.Context, plan Plan, o Options) (_ Report, err error) {
	report := newReport(plan)
	err = run(ctx, report, o)
	report.Finished = err == nil
	report.Took = time.Since(report.Started).Seconds()
	return *report, err
}

func run(ctx context.Context, report *Report, o Options) (err error) {
	s, err := startSystem(ctx, o.Progress, o.Profile != "", serviceVariables(o))
	if err != nil {
		return err
	}
	defer func() {
		done := o.Progress.Step("stopping everything")
		err = errors.Join(err, s.close(context.WithoutCancel(ctx)))
		done("stopped")
	}()
	c, err := newClient(s.stack.URL("order"), mostConnections)
	if err != nil {
		return err
	}
	b := &bench{plan: report.Plan, options: o, progress: o.Progress, system: s, client: c, report: report}
	if err := b.readVersions(ctx); err != nil {
		return err
	}
	return b.measure(ctx)
}

// serviceVariables configure every service.
func serviceVariables(o Options) []string {
	env := []string{"SAGA_TIMEOUT=15m", "PAYMENT_SUCCESS_RATE=1", "PAYMENT_GATEWAY_LATENCY=0s"}
	if o.LogLevel != "" {
		env = append(env, "LOG_LEVEL="+o.LogLevel)
	}
	return env
}

// mostConnections bounds the load generator's.
const mostConnections = 16384

// stock fills the shelf.
func (b *bench) stock(ctx context.Context) error {
	done := b.progress.Step(fmt.Sprintf("stocking %d products", b.plan.Products))
	defer done("")
	names := []string{hotProduct}
	for n := range b.plan.Products {
		names = append(names, product(n))
	}
	for _, name := range names {
		err := put(ctx, b.system.stack.URL("inventory")+"/api/products/"+name, map[string]int{"available": stockedWith})
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	auditWithin = 3 * time.Minute // of hundreds of thousands of orders
	// mostFindings are told of one by one.
	mostFindings = 20
)

// judge looks for orders on which the services disagree, and for messages that
// were given up.
func (b *bench) judge(ctx context.Context) error {
	done := b.progress.Step("auditing all orders")
	defer done("")
	problems := aftermath.Audit(ctx, b.system.endpoints(), auditWithin)
	dead, err := aftermath.DeadLetters(ctx, b.system.stack.AMQPURL())
	if problems = append(problems, dead...); len(problems) > mostFindings {
		problems = append(problems[:mostFindings], fmt.Sprintf("and %d more like these", len(problems)-mostFindings))
	}
	b.report.Problems = append(b.report.Problems, problems...)
	return err
}
