// Package stack runs the whole system on this machine without containers: a
// PostgreSQL, a RabbitMQ and the four services, each a process of its own.
// The command test/cmd/stack and the end-to-end tests are built on it.
package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"orders.internal/test/stack/console"
	"orders.internal/test/stack/process"
	"orders.internal/test/stack/servers"
)

// Options say what a stack is made of.
type Options struct {
	Settings
	Dir         string            // state, data and logs; made when missing
	Env         []string          // what the services' own variables are added to
	ServersOnly bool              // start no services
	Race        bool              // build the services with the race detector
	Detached    bool              // goes on when this process has ended
	Progress    *console.Progress // nil: silent

	temporary bool // ends with this process, however that ends; its folder too
	scratch   bool // and its data need not survive anything
}

// Stack is a running system.
type Stack struct {
	// Database and Broker are nil when the user gave servers of their own.
	Database *Program
	Broker   *Program

	options  Options
	state    *state
	postgres servers.Postgres
	rabbit   servers.RabbitMQ
	epmd     *Program
	bin      string // folder of the services' programs, once they are built
	services map[string]*Program
}

// Start brings a stack up and returns when all of it is ready. Servers that
// an earlier, killed stack in the same folder left running are used on, its
// services are started anew. When Start fails, it stops what it started.
func Start(ctx context.Context, options Options) (*Stack, error) {
	s, err := open(options)
	if err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		// The caller's context may be the reason why it failed.
		return nil, errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

// open prepares the folder and reads what an earlier stack left there.
func open(options Options) (*Stack, error) {
	if err := os.MkdirAll(filepath.Join(options.Dir, "logs"), 0o755); err != nil {
		return nil, fmt.Errorf("prepare the stack's folder: %w", err)
	}
	state, err := loadState(options.Dir)
	if err != nil {
		return nil, err
	}
	return &Stack{options: options, state: state, services: map[string]*Program{}}, nil
}

// Service returns a service by its name: one of Services.
func (s *Stack) Service(name string) *Program { return s.services[name] }

// URL is the base URL of a service.
func (s *Stack) URL(service string) string {
	return "http://localhost:" + strconv.Itoa(s.options.Ports[service])
}

// DatabaseURL is the connection URL of a service's database.
func (s *Stack) DatabaseURL(service string) string {
	if url, given := s.options.DatabaseURLs[service]; given {
		return url
	}
	return s.postgres.URL(service)
}

// Race tells whether the services are built with the race detector.
func (s *Stack) Race() bool { return s.options.Race }

// AdminURL is the connection URL of the superuser of the stack's own PostgreSQL.
func (s *Stack) AdminURL() string { return s.postgres.AdminURL() }

// AMQPURL is the connection URL of the broker.
func (s *Stack) AMQPURL() string {
	if s.options.AMQPURL != "" {
		return s.options.AMQPURL
	}
	return s.rabbit.URL()
}

// TestEnvironment names the stack's own servers to tests that make databases
// and virtual hosts for themselves.
func (s *Stack) TestEnvironment() []string {
	return []string{
		"TEST_DATABASE_URL=" + s.AdminURL(),
		"TEST_AMQP_URL=" + s.rabbit.URL(),
		"TEST_RABBITMQCTL=" + s.rabbit.CtlCommand(),
	}
}

// RabbitMQCtl is the path of a rabbitmqctl for the stack's own broker.
func (s *Stack) RabbitMQCtl() string { return s.rabbit.Ctl() }

// Logs are the log files of the services, in the order of Services, and those
// of replicas after them.
func (s *Stack) Logs() []console.Log {
	var logs []console.Log
	for _, name := range s.serviceNames() {
		logs = append(logs, s.services[name].Log())
	}
	return logs
}

func (s *Stack) serviceNames() []string {
	names := slices.Sorted(maps.Keys(s.services))
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	return names
}

func rank(service string) int {
	if i := slices.Index(Services, service); i >= 0 {
		return i
	}
	return len(Services)
}

// WriteLogs writes the last n log lines of every service, for a failed test.
func (s *Stack) WriteLogs(w io.Writer, n int) error {
	return console.PrintLast(w, console.NewRenderer(s.serviceNames(), false), s.Logs(), n)
}

// Died returns a channel that gets the first program that ends by itself. It
// is for a caller that stops none.
func (s *Stack) Died(ctx context.Context) <-chan *Program {
	died := make(chan *Program, 1)
	for _, p := range s.programs() {
		go func() {
			select {
			case <-p.Done():
				select {
				case died <- p:
				default: // an earlier death has the word
				}
			case <-ctx.Done():
			}
		}()
	}
	return died
}

// programs returns all programs, services first: the order to stop them in.
func (s *Stack) programs() []*Program {
	all := slices.Collect(maps.Values(s.services))
	for _, p := range []*Program{s.Broker, s.Database, s.epmd} {
		if p != nil {
			all = append(all, p)
		}
	}
	return all
}

// Close stops everything: the services together, then the servers.
func (s *Stack) Close(ctx context.Context) error {
	err := s.state.change(func(r *record) { r.Complete = false })
	err = errors.Join(err, stopAll(ctx, slices.Collect(maps.Values(s.services))))
	var servers []*Program
	for _, p := range []*Program{s.Broker, s.Database} {
		if p != nil {
			servers = append(servers, p)
		}
	}
	err = errors.Join(err, stopAll(ctx, servers))
	if s.epmd != nil {
		err = errors.Join(err, s.epmd.Stop(ctx))
	}
	if s.options.temporary {
		return errors.Join(err, os.RemoveAll(s.options.Dir))
	}
	return errors.Join(err, s.state.change(func(r *record) { r.Owner = nil }))
}

func stopAll(ctx context.Context, programs []*Program) error {
	errs := make([]error, len(programs))
	var stopping sync.WaitGroup
	for i, p := range programs {
		stopping.Go(func() { errs[i] = p.Stop(ctx) })
	}
	stopping.Wait()
	return errors.Join(errs...)
}

// program describes a program of this stack that is not started yet.
func (s *Stack) program(name string, spec process.Spec, ready func(context.Context) error) *Program {
	spec.Name = name
	spec.Log = logFile(s.options.Dir, name)
	spec.Guarded = s.options.temporary
	return &Program{Name: name, spec: spec, ready: ready, state: s.state}
}

func logFile(dir, name string) string { return filepath.Join(dir, "logs", name+".log") }
