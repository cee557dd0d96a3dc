// Package faults harms a running system under load, and then holds it to its
// promises: every order that was accepted has ended, the services agree on each
// of them, and no message was given up.
//
// The system is two replicas of every service, a PostgreSQL and a RabbitMQ,
// all of them processes of this machine, with a proxy between each replica and
// each server. Faults come in rounds; after each one it is measured how long
// the system needs to recover.
package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"orders.internal/test/stack/console"
)

const (
	calm        = 2 * time.Second // before the first round and after each
	reportEvery = 10 * time.Second
)

// Options of a run.
type Options struct {
	Rate     float64           // orders a second
	Logs     string            // folder for the logs of everything; empty: not kept
	Progress *console.Progress // nil: silent
}

// Run starts a system, harms it as planned and judges it. Its error means that
// it could not be done; what the system did wrong, as far as it came, is in the
// report.
func Run(ctx context.Context, plan Plan, o Options) (Report, error) {
	report := Report{Plan: plan}
	err := underLoad(ctx, plan, o, &report, func(ctx context.Context, s *system, shop *shop) error {
		r := rand.New(rand.NewPCG(plan.Seed, 3))
		for i, round := range plan.Rounds {
			done := o.Progress.Step(fmt.Sprintf("round %d of %d: %s", i+1, len(plan.Rounds), round))
			result := s.endure(ctx, shop, round, r)
			report.Rounds = append(report.Rounds, result)
			done(result.String())
			if result.Err != nil {
				return nil // a system that doesn't come back is harmed no further
			}
			if err := sleep(ctx, calm); err != nil {
				return err
			}
		}
		return nil
	})
	return report, err
}

// endure is one round.
func (s *system) endure(ctx context.Context, shop *shop, round Round, r *rand.Rand) (result RoundResult) {
	result.Round = round
	if round.SagaTimeout > 0 {
		if result.Err = s.setSagaTimeout(ctx, round.SagaTimeout); result.Err != nil {
			return result
		}
		defer func() { result.Err = errors.Join(result.Err, s.setSagaTimeout(ctx, noTimeout)) }()
	}
	result.Began = time.Now()
	ended, err := s.inject(ctx, round)
	result.Lasted, result.Err = ended.Sub(result.Began), err
	if err == nil {
		result.Recovery, result.Err = shop.recover(ctx, ended, r)
	}
	for name, p := range s.programs {
		if result.Err == nil && !p.Running() {
			result.Err = fmt.Errorf("%s: %w", name, p.Death())
		}
	}
	return result
}

// underLoad does something to a system that is under load, and judges the
// system afterwards.
func underLoad(ctx context.Context, plan Plan, o Options, report *Report,
	do func(context.Context, *system, *shop) error,
) (err error) {
	begin := time.Now()
	s, err := startSystem(ctx, o.Progress,
		"SAGA_TIMEOUT="+noTimeout.String(),
		"PAYMENT_SUCCESS_RATE=0.9",
		"LOG_LEVEL=INFO")
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, s.close(context.WithoutCancel(ctx)))
	}()
	if o.Logs != "" {
		defer func() { err = errors.Join(err, s.keepLogs(o.Logs)) }()
	}
	shop := &shop{client: newClient(), urls: s.urls("order"), book: newBook(), run: fmt.Sprintf("faults-%d", plan.Seed)}
	if err := s.stock(ctx, shop.client); err != nil {
		return err
	}
	report.Started = time.Now()
	defer func() { report.Traffic, report.Took = shop.client.count.sum(), time.Since(begin) }()
	if err := withCustomers(ctx, shop, o, plan.Seed, func() error { return do(ctx, s, shop) }); err != nil {
		report.Problems = append(report.Problems, "not finished: "+err.Error())
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	done := o.Progress.Step("waiting until every order has ended, and auditing")
	defer done("")
	orders, problems := s.judge(ctx, shop, report.starvations())
	report.Orders, report.Problems = orders, append(report.Problems, problems...)
	return context.Cause(ctx)
}

// withCustomers does something while the shop is open.
func withCustomers(ctx context.Context, shop *shop, o Options, seed uint64, do func() error) error {
	closing := make(chan struct{})
	var open sync.WaitGroup
	open.Go(func() { shop.open(ctx, closing, o.Rate, seed) })
	open.Go(func() { tell(ctx, closing, shop.book, o.Progress) })
	err := sleep(ctx, calm)
	if err == nil {
		err = do()
	}
	close(closing)
	open.Wait()
	return err
}

// tell says now and then how the load goes.
func tell(ctx context.Context, closing <-chan struct{}, b *book, progress *console.Progress) {
	ticks := time.NewTicker(reportEvery)
	defer ticks.Stop()
	for {
		select {
		case <-closing:
			return
		case <-ctx.Done():
			return
		case <-ticks.C:
			progress.Say("    %d orders accepted, %d refused, %d not sent, %d not answered",
				b.count(accepted), b.count(refused), b.count(unsent), b.count(unknown))
		}
	}
}

// stock fills the shelf.
func (s *system) stock(ctx context.Context, c *client) error {
	for n := range products {
		url := s.urls("inventory")[0] + "/api/products/" + product(n)
		a, err := c.send(ctx, http.MethodPut, url, fmt.Appendf(nil, `{"available":%d}`, stockedWith))
		if err != nil {
			return err
		}
		if a.status != http.StatusOK {
			return fmt.Errorf("PUT %s: %d %s", url, a.status, a.body)
		}
	}
	return nil
}
