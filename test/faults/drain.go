package faults

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"orders.internal/test/stack"
)

const (
	// leaveWithin is how long a service may take to end after SIGTERM.
	leaveWithin = 20 * time.Second
	cleanExit   = "exit status 0"
	readEvery   = 5 * time.Millisecond
)

// StopResult is one replica that was asked to end.
type StopResult struct {
	Name string
	Took time.Duration
	Exit string
}

// Drain starts a system and asks one replica after the other to end, and starts
// it again, for as long as it is told but each of them once at least. Every
// replica is read from meanwhile, over connections that are kept and over new
// ones.
func Drain(ctx context.Context, seed uint64, long time.Duration, o Options) (Report, error) {
	plan := Plan{Seed: seed}
	report := Report{Plan: plan, Drained: true}
	err := underLoad(ctx, plan, o, &report, func(ctx context.Context, s *system, shop *shop) error {
		readers := s.readAll(ctx)
		defer func() { report.Reads = readers.stop() }()
		done := o.Progress.Step(fmt.Sprintf("ending and starting one replica after the other, all of them once and then for %v", long))
		defer func() { done(fmt.Sprintf("done %d times", len(report.Stops))) }()
		for begin := time.Now(); ; {
			if err := s.drainEach(ctx, &report); err != nil || time.Since(begin) >= long {
				return err
			}
		}
	})
	return report, err
}

func (s *system) drainEach(ctx context.Context, report *Report) error {
	for _, name := range everyReplica() {
		result, err := s.drain(ctx, name)
		report.Stops = append(report.Stops, result)
		if err != nil {
			return err
		}
	}
	return nil
}

// drain stops one replica and starts it again. The error is that it doesn't
// come back.
func (s *system) drain(ctx context.Context, name string) (StopResult, error) {
	p := s.programs[name]
	begin := time.Now()
	stopped := p.Stop(ctx)
	result := StopResult{Name: name, Took: time.Since(begin), Exit: p.Exit()}
	if stopped != nil {
		result.Exit = stopped.Error()
	}
	return result, p.Start(ctx)
}

// failure says what was wrong with the stop, "" when nothing was.
func (r StopResult) failure() string {
	if r.Took <= leaveWithin && r.Exit == cleanExit {
		return ""
	}
	return fmt.Sprintf("%s was asked to end: it took %v and ended with %q", r.Name, r.Took, r.Exit)
}

// pages of each service that are quick to read.
var pages = map[string]string{
	"order":        "/api/orders?limit=1",
	"inventory":    "/api/products?limit=1",
	"payment":      "/api/payments?limit=1",
	"notification": "/api/notifications?limit=1",
}

// readers read from every replica.
type readers struct {
	cancel  context.CancelFunc
	running sync.WaitGroup
	clients []*client
}

// readAll begins to read from every replica over a kept connection and over
// new ones.
func (s *system) readAll(ctx context.Context) *readers {
	ctx, cancel := context.WithCancel(ctx)
	all := &readers{cancel: cancel}
	for _, service := range stack.Services {
		for _, url := range s.urls(service) {
			for _, keep := range []bool{true, false} {
				c := newClient()
				c.http.Transport.(*http.Transport).DisableKeepAlives = !keep
				all.clients = append(all.clients, c)
				all.running.Go(func() { read(ctx, c, url+pages[service]) })
			}
		}
	}
	return all
}

func read(ctx context.Context, c *client, url string) {
	for sleep(ctx, readEvery) == nil {
		_, _ = c.send(ctx, http.MethodGet, url, nil) // the client counts how it ends
	}
}

// stop ends all reading and returns how it went.
func (r *readers) stop() Traffic {
	r.cancel()
	r.running.Wait()
	var sum Traffic
	for _, c := range r.clients {
		sum = sum.plus(c.count.sum())
	}
	return sum
}

func (t Traffic) plus(other Traffic) Traffic {
	return Traffic{
		Answered:      t.Answered + other.Answered,
		Refused:       t.Refused + other.Refused,
		CutFresh:      t.CutFresh + other.CutFresh,
		CutKept:       t.CutKept + other.CutKept,
		Late:          t.Late + other.Late,
		LongestAnswer: max(t.LongestAnswer, other.LongestAnswer),
	}
}

// drainFailures is what an orderly restart must not do to anybody.
func (r Report) drainFailures() []string {
	if !r.Drained {
		return nil
	}
	var failures []string
	for _, name := range everyReplica() {
		if !slices.ContainsFunc(r.Stops, func(stop StopResult) bool { return stop.Name == name }) {
			failures = append(failures, name+" was never asked to end")
		}
	}
	for _, stop := range r.Stops {
		if text := stop.failure(); text != "" {
			failures = append(failures, text)
		}
	}
	all := r.Traffic.plus(r.Reads)
	if n := all.CutFresh + all.CutKept + all.Late; n > 0 {
		failures = append(failures, fmt.Sprintf(
			"%d requests were sent and not answered: %d over new connections, %d over kept ones, %d for too long", n, all.CutFresh, all.CutKept, all.Late))
	}
	return failures
}

func longestStop(stops []StopResult, service string) (times int, longest time.Duration) {
	for _, stop := range stops {
		if slices.Contains(replicasOf(service), stop.Name) {
			times++
			longest = max(longest, stop.Took)
		}
	}
	return times, longest
}
