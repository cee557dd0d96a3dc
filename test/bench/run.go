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
func Run(ctx context.Context, plan Plan, o Options) (report Report, err error) {
	report = newReport(plan)
	env := []string{"SAGA_TIMEOUT=15m", "PAYMENT_SUCCESS_RATE=1", "PAYMENT_GATEWAY_LATENCY=0s"}
	if o.LogLevel != "" {
		env = append(env, "LOG_LEVEL="+o.LogLevel)
	}
	s, err := startSystem(ctx, o.Progress, o.Profile != "", env)
	if err != nil {
		return report, err
	}
	defer func() {
		done := o.Progress.Step("stopping everything")
		err = errors.Join(err, s.close(context.WithoutCancel(ctx)))
		done("stopped")
		report.Took = time.Since(report.Started).Seconds()
	}()
	c, err := newClient(s.stack.URL("order"), mostConnections)
	if err != nil {
		return report, err
	}
	b := &bench{plan: plan, options: o, progress: o.Progress, system: s, client: c, report: &report}
	return report, b.measure(ctx)
}

// mostConnections bounds the load generator's.
const mostConnections = 16384

func (b *bench) measure(ctx context.Context) error {
	if err := b.stock(ctx); err != nil {
		return err
	}
	if err := b.warmUp(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		phase string
		do    func(context.Context) error
	}{
		{Throughput, b.throughput},
	} {
		if !b.plan.has(step.phase) {
			continue
		}
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

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

// run is a phase with its progress. It is in the report as far as it came.
func (b *bench) run(ctx context.Context, doing, name string, m mix, clients int, drive drive) (Phase, error) {
	done := b.progress.Step(doing)
	p, err := b.phase(ctx, name, m, clients, drive)
	if err != nil {
		done("")
		return p, err
	}
	done(p.String())
	return p, nil
}

func (b *bench) warmUp(ctx context.Context) error {
	if b.plan.WarmUp == 0 {
		return nil
	}
	p, err := b.run(ctx, fmt.Sprintf("warming up for %v", b.plan.WarmUp), "warm-up", ordinary, b.plan.Clients, b.closedFor(b.plan.WarmUp))
	b.report.Problems = append(b.report.Problems, p.Faults...)
	return err
}

// closedFor is a closed loop of all clients.
func (b *bench) closedFor(long time.Duration) drive {
	return func(ctx context.Context, s *shop, w *watch) { closed(ctx, b.plan.Clients, long, w.admit, s.place) }
}

func (b *bench) throughput(ctx context.Context) error {
	profiles := b.profile(ctx, b.plan.Throughput)
	p, err := b.run(ctx, fmt.Sprintf("throughput: %d clients for %v", b.plan.Clients, b.plan.Throughput),
		Throughput, ordinary, b.plan.Clients, b.closedFor(b.plan.Throughput))
	b.report.add(p)
	return errors.Join(err, profiles())
}
