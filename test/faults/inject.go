package faults

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// inject does all faults of a round and undoes them. It returns when the last
// one ended. A service's fault ends when its process is started or goes on:
// what it needs after that counts as recovery. A server's ends when the server
// is ready again: how long it takes to boot is not the system's doing.
func (s *system) inject(ctx context.Context, r Round) (ended time.Time, err error) {
	ends := make([]time.Time, len(r.Faults))
	group, ctx := errgroup.WithContext(ctx)
	for i, f := range r.Faults {
		group.Go(func() error {
			if err := sleep(ctx, f.At); err != nil {
				return err
			}
			var err error
			if ends[i], err = s.do(ctx, f); err != nil {
				return fmt.Errorf("%s: %w", f, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return time.Now(), err
	}
	return slices.MaxFunc(ends, time.Time.Compare), nil
}

// do does one fault and returns when it ended.
func (s *system) do(ctx context.Context, f Fault) (ended time.Time, err error) {
	if f.Kind == Roll {
		return s.roll(ctx, f.On)
	}
	if err := s.each(f.On, func(name string) error { return s.begin(ctx, f.Kind, name) }); err != nil {
		return ended, err
	}
	if err := sleep(ctx, f.For); err != nil {
		return ended, err
	}
	ended = time.Now()
	err = s.each(f.On, func(name string) error { return s.end(ctx, f.Kind, name) })
	if isServer(f.On[0]) {
		ended = time.Now()
	}
	return ended, err
}

// each does something for all names at once.
func (s *system) each(names []string, do func(name string) error) error {
	var group errgroup.Group
	for _, name := range names {
		group.Go(func() error { return do(name) })
	}
	return group.Wait()
}

func (s *system) begin(ctx context.Context, kind Kind, name string) error {
	switch kind {
	case Kill:
		return s.programs[name].Kill()
	case Freeze:
		return s.programs[name].Pause()
	case Stop:
		return s.programs[name].Stop(ctx)
	default:
		return s.links[name].harm(kind)
	}
}

func (s *system) end(ctx context.Context, kind Kind, name string) error {
	switch kind {
	case Kill, Stop:
		return s.programs[name].Start(ctx)
	case Freeze:
		return s.programs[name].Resume()
	default:
		return s.links[name].heal(kind)
	}
}

// roll restarts the programs one after the other. It returns when the last one
// was stopped, because that is when its start begins.
func (s *system) roll(ctx context.Context, names []string) (ended time.Time, err error) {
	for _, name := range names {
		p := s.programs[name]
		if err := p.Stop(ctx); err != nil {
			return ended, err
		}
		ended = time.Now()
		if err := p.Start(ctx); err != nil {
			return ended, err
		}
	}
	return ended, nil
}

// setSagaTimeout restarts the order service, one replica after the other, with
// another SAGA_TIMEOUT.
func (s *system) setSagaTimeout(ctx context.Context, timeout time.Duration) error {
	for _, name := range replicasOf("order") {
		p := s.programs[name]
		p.Setenv("SAGA_TIMEOUT", timeout.String())
		if err := p.Restart(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sleep returns ctx's error when it ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
