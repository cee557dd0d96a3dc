package fxkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.uber.org/fx"
)

// stopTimeout is how long a service may take to leave after SIGTERM. Container
// runtimes kill after 30 s in the project's compose file.
const stopTimeout = 19 * time.Second

// Stage is a part of a service's stop. The stages follow each other in this
// order; what belongs to one of them stops together.
type Stage int

// The stages, each with the time by which it is over when all before it have used
// up theirs. The log is flushed in what is left.
const (
	Requests    Stage = iota // 9 s: HTTP. A request without an answer by then gets a 503 before that
	Work                     // 14 s: deliveries, and whatever runs in the background
	Publishing               // 17 s: the outbox
	Connections              // 18.5 s: to the broker and the database
	stages
)

// reserves is what each stage leaves to those after it. A stage that is through
// early leaves all the more: a server that takes packets and never answers costs
// the stages that need it their time, and no other.
var reserves = [stages]time.Duration{
	Requests: 10 * time.Second, Work: 5 * time.Second, Publishing: 2 * time.Second, Connections: 500 * time.Millisecond,
}

func (s Stage) String() string {
	return [...]string{"requests", "work", "publishing", "connections"}[s]
}

// grace is for those that come to an end when their time is over.
const grace = 250 * time.Millisecond

// Stages is the lifecycle of a service. fx would stop one thing after the other
// and give all of the time to the first that doesn't come to an end; those that
// are left then would never be asked.
type Stages struct {
	hooks [stages][]fx.Hook
	log   *slog.Logger
}

// newStages has fx start the stages in reverse order, and stop them.
func newStages(lc fx.Lifecycle, log *slog.Logger) *Stages {
	s := &Stages{log: log}
	for stage := stages - 1; stage >= 0; stage-- {
		lc.Append(fx.Hook{
			OnStart: func(ctx context.Context) error { return s.start(ctx, stage) },
			OnStop:  func(ctx context.Context) error { return s.stop(ctx, stage, s.hooks[stage]) },
		})
	}
	return s
}

// Append adds a hook to a stage. Its OnStop has until its context's end; what
// takes longer is left behind.
func (s *Stages) Append(stage Stage, hook fx.Hook) { s.hooks[stage] = append(s.hooks[stage], hook) }

func (s *Stages) start(ctx context.Context, stage Stage) error {
	for i, hook := range s.hooks[stage] {
		if hook.OnStart == nil {
			continue
		}
		if err := hook.OnStart(ctx); err != nil {
			return errors.Join(err, s.stop(ctx, stage, s.hooks[stage][:i])) // fx stops the stages that have started
		}
	}
	return nil
}

func (s *Stages) stop(ctx context.Context, stage Stage, hooks []fx.Hook) error {
	until, cancel := before(ctx, reserves[stage])
	defer cancel()
	own, cancel := before(until, grace)
	defer cancel()
	begun := time.Now()
	ended := make(chan error, len(hooks))
	count := 0
	for _, hook := range hooks {
		if hook.OnStop == nil {
			continue
		}
		count++
		go func() { ended <- hook.OnStop(own) }()
	}
	var failed error
	for range count {
		select {
		case err := <-ended:
			failed = errors.Join(failed, err)
		case <-until.Done():
			return errors.Join(failed, fmt.Errorf("not all %s came to an end: %w", stage, until.Err()))
		}
	}
	s.log.InfoContext(ctx, "stopped", "stage", stage.String(), "duration", time.Since(begun).String())
	return failed
}

// before returns a context that ends the given time before ctx does.
func before(ctx context.Context, reserve time.Duration) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}
