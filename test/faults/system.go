package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"orders.internal/test/audit"
	"orders.internal/test/stack"
	"orders.internal/test/stack/console"
)

// system is what is harmed: replicas of every service, each with links of its
// own to the servers.
type system struct {
	stack    *stack.Stack
	programs map[string]*stack.Program // by name, servers too
	links    map[string]*link          // by name
}

// startSystem starts everything, with the variables given for every service.
func startSystem(ctx context.Context, progress *console.Progress, env ...string) (*system, error) {
	servers, err := stack.StartTemporaryServers(ctx, progress)
	if err != nil {
		return nil, err
	}
	s := &system{
		stack:    servers,
		programs: map[string]*stack.Program{database: servers.Database, broker: servers.Broker},
		links:    map[string]*link{},
	}
	if err := s.startReplicas(ctx, progress, env); err != nil {
		return nil, errors.Join(err, s.close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *system) startReplicas(ctx context.Context, progress *console.Progress, env []string) error {
	proxies := newLinks()
	starting, startCtx := errgroup.WithContext(ctx)
	for _, service := range stack.Services {
		for _, name := range replicasOf(service) {
			urls := map[string]string{database: s.stack.DatabaseURL(service), broker: s.stack.AMQPURL()}
			for server, url := range urls {
				l, err := proxies.open(linkOf(name, server), url)
				if err != nil {
					return err
				}
				s.links[linkOf(name, server)] = l
				urls[server] = l.url
			}
			p, err := s.stack.AddReplica(ctx, stack.Replica{
				Name: name, Service: service, Env: append(os.Environ(), env...),
				DatabaseURL: urls[database], AMQPURL: urls[broker],
			})
			if err != nil {
				return err
			}
			s.programs[name] = p
		}
	}
	done := progress.Step(fmt.Sprintf("starting %d replicas of every service", replicas))
	for _, service := range stack.Services {
		for _, name := range replicasOf(service) {
			starting.Go(func() error { return s.programs[name].Start(startCtx) })
		}
	}
	err := starting.Wait()
	done("they are ready")
	return err
}

// urls are the base URLs of a service's replicas.
func (s *system) urls(service string) []string {
	var urls []string
	for _, name := range replicasOf(service) {
		urls = append(urls, s.stack.URL(name))
	}
	return urls
}

// endpoints are the first replicas: what the audit asks.
func (s *system) endpoints() audit.Endpoints {
	url := func(service string) string { return s.urls(service)[0] }
	return audit.Endpoints{
		Order: url("order"), Inventory: url("inventory"), Payment: url("payment"), Notification: url("notification"),
	}
}

// keepLogs copies all logs to a folder.
func (s *system) keepLogs(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("keep the logs: %w", err)
	}
	for name, p := range s.programs {
		content, err := os.ReadFile(p.Log().Path)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+".log"), content, 0o644)
		}
		if err != nil {
			return fmt.Errorf("keep the logs: %w", err)
		}
	}
	return nil
}

// close stops everything.
func (s *system) close(ctx context.Context) error {
	err := s.stack.Close(ctx)
	for _, l := range s.links {
		l.proxy.Stop()
	}
	return err
}
