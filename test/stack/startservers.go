package stack

import (
	"context"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"orders.internal/test/stack/process"
)

// adoptTimeout is how long a server left by an earlier run may take to
// answer before it is started anew.
const adoptTimeout = 10 * time.Second

func (s *Stack) startServers(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	if s.postgres.Bin != "" {
		if err := s.describePostgres(ctx); err != nil {
			return err
		}
	}
	if s.rabbit.Bin != "" {
		if err := s.describeRabbitMQ(ctx); err != nil {
			return err
		}
	}
	if s.Database != nil {
		group.Go(func() error { return s.startPostgres(ctx) })
	}
	if s.Broker != nil {
		group.Go(func() error { return s.startRabbitMQ(ctx) })
	}
	return group.Wait()
}

func (s *Stack) describePostgres(ctx context.Context) error {
	left := s.state.programs()
	port, err := s.port("postgres", left["postgres"])
	if err != nil {
		return err
	}
	s.postgres.Port = port
	spec, err := s.postgres.Spec()
	if err != nil {
		return err
	}
	s.Database = s.program("postgres", spec, s.postgres.Ready)
	s.Database.passing = "pre-existing shared memory block" // of a server just killed
	s.adoptOrStop(ctx, left, s.Database)
	return nil
}

func (s *Stack) startPostgres(ctx context.Context) error {
	if !s.Database.Running() {
		done := s.options.Progress.Step("starting PostgreSQL")
		err := s.postgres.Init(ctx)
		if err == nil {
			err = s.postgres.Unlock(s.state.programs()["postgres"])
		}
		if err == nil {
			err = s.Database.Start(ctx)
		}
		if err != nil {
			done("")
			return err
		}
		done("PostgreSQL is ready")
	}
	return s.postgres.CreateDatabases(ctx, slices.DeleteFunc(slices.Clone(Services), func(service string) bool {
		_, own := s.options.DatabaseURLs[service]
		return own
	}))
}

func (s *Stack) describeRabbitMQ(ctx context.Context) error {
	left := s.state.programs()
	var err error
	if s.rabbit.EpmdPort, err = s.port("epmd", left["epmd"]); err != nil {
		return err
	}
	if s.rabbit.Port, err = s.port("rabbitmq", left["rabbitmq"]); err != nil {
		return err
	}
	if s.rabbit.DistPort, err = s.port("erlang", left["rabbitmq"]); err != nil {
		return err
	}
	s.epmd = s.program("epmd", s.rabbit.EpmdSpec(), s.rabbit.EpmdReady)
	s.Broker = s.program("rabbitmq", s.rabbit.Spec(), s.rabbit.Ready)
	s.adoptOrStop(ctx, left, s.epmd, s.Broker)
	return nil
}

func (s *Stack) startRabbitMQ(ctx context.Context) error {
	if s.Broker.Running() {
		return nil
	}
	done := s.options.Progress.Step("starting RabbitMQ")
	if err := s.rabbit.Prepare(); err != nil {
		done("")
		return err
	}
	for _, p := range []*Program{s.epmd, s.Broker} {
		if err := p.Start(ctx); err != nil {
			done("")
			return err
		}
	}
	done("RabbitMQ is ready")
	return nil
}

// adoptOrStop takes over programs that an earlier run left, when all of them
// run and answer. Otherwise it stops those that run, to be started anew.
func (s *Stack) adoptOrStop(ctx context.Context, left map[string]process.Identity, programs ...*Program) {
	ctx, cancel := context.WithTimeout(ctx, adoptTimeout)
	defer cancel()
	whole := true
	for _, p := range programs {
		whole = p.adopt(left[p.Name]) && p.WaitReady(ctx) == nil && whole
	}
	if whole {
		s.options.Progress.Say("==> using the %s that an earlier run left running", programs[len(programs)-1].Name)
		return
	}
	for _, p := range slices.Backward(programs) {
		_ = p.Stop(context.WithoutCancel(ctx)) // it can only say that it had to be killed
		_ = os.Remove(p.spec.Log)              // each run has its own log
	}
}

// port returns the port that a server had the last time, when it still runs
// or the port is free, and otherwise a free one.
func (s *Stack) port(name string, left process.Identity) (int, error) {
	port := s.state.Ports[name]
	if port != 0 && (left.Alive() || portFree(port)) {
		return port, nil
	}
	port, err := freePort(s.state.Ports)
	if err != nil {
		return 0, err
	}
	return port, s.state.change(func(r *record) { r.Ports[name] = port })
}
