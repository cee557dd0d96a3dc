package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"orders.internal/test/audit"
	"orders.internal/test/stack"
	"orders.internal/test/stack/console"
)

// system is what is measured: one replica of every service, and servers of its
// own.
type system struct {
	stack    *stack.Stack
	services map[string]*stack.Program
	profiles map[string]string // base URL of each service's profiles; empty: off
	// databases of the services, to count in: that asks nothing of the services.
	databases map[string]*pgxpool.Pool
}

// startSystem starts everything, with the variables given for every service.
func startSystem(ctx context.Context, progress *console.Progress, profiled bool, env []string) (*system, error) {
	servers, err := stack.StartTemporaryServers(ctx, progress)
	if err != nil {
		return nil, err
	}
	s := &system{
		stack: servers, services: map[string]*stack.Program{}, profiles: map[string]string{},
		databases: map[string]*pgxpool.Pool{},
	}
	if err := s.start(ctx, progress, profiled, env); err != nil {
		return nil, errors.Join(err, s.close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *system) start(ctx context.Context, progress *console.Progress, profiled bool, env []string) error {
	for _, name := range stack.Services {
		pool, err := pgxpool.New(ctx, s.stack.DatabaseURL(name))
		if err != nil {
			return fmt.Errorf("count in the database of %s: %w", name, err)
		}
		s.databases[name] = pool
		if s.services[name], err = s.stack.AddReplica(ctx, stack.Replica{Name: name, Service: name, Env: append(os.Environ(), env...)}); err != nil {
			return err
		}
		if !profiled {
			continue
		}
		port, err := freePort()
		if err != nil {
			return err
		}
		s.services[name].Setenv("PPROF_PORT", strconv.Itoa(port))
		s.profiles[name] = fmt.Sprintf("http://127.0.0.1:%d/debug/pprof", port)
	}
	if err := s.checkDurability(ctx); err != nil {
		return err
	}
	done := progress.Step("starting the services")
	starting, startCtx := errgroup.WithContext(ctx)
	for _, p := range s.services {
		starting.Go(func() error { return p.Start(startCtx) })
	}
	if err := starting.Wait(); err != nil {
		done("")
		return err
	}
	done("all services are ready")
	return nil
}

// durable are the settings without which a commit could be lost, or a page torn.
var durable = []string{"fsync", "synchronous_commit", "full_page_writes"}

// checkDurability refuses a server that is fast because it may lose what it has
// confirmed.
func (s *system) checkDurability(ctx context.Context) error {
	for service, database := range s.databases {
		for _, setting := range durable {
			var value string
			if err := database.QueryRow(ctx, "SHOW "+setting).Scan(&value); err != nil {
				return fmt.Errorf("check durability: %w", err)
			}
			if value != "on" {
				return fmt.Errorf("%s is %s for the database of %s: what is measured would not be durable", setting, value, service)
			}
		}
	}
	return nil
}

// freePort of loopback. It is free when it is returned.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// reconnect gives up connections that ended with their server.
func (s *system) reconnect() {
	for _, pool := range s.databases {
		pool.Reset()
	}
}

func (s *system) endpoints() audit.Endpoints {
	return audit.Endpoints{
		Order: s.stack.URL("order"), Inventory: s.stack.URL("inventory"),
		Payment: s.stack.URL("payment"), Notification: s.stack.URL("notification"),
	}
}

// died returns the death of a program that should run, nil while all do.
func (s *system) died() error {
	all := slices.Collect(maps.Values(s.services))
	for _, p := range append(all, s.stack.Database, s.stack.Broker) {
		if !p.Running() {
			return p.Death()
		}
	}
	return nil
}

// close stops everything.
func (s *system) close(ctx context.Context) error {
	for _, database := range s.databases {
		database.Close()
	}
	return s.stack.Close(ctx)
}
