package stack

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"orders.internal/test/stack/process"
	"orders.internal/test/stack/servers"
)

func (s *Stack) start(ctx context.Context) error {
	if err := s.claim(); err != nil {
		return err
	}
	if err := s.stopLeftServices(ctx); err != nil {
		return err
	}
	if !s.options.ServersOnly {
		if err := CheckPorts(s.options.Ports); err != nil {
			return err
		}
	}
	if err := s.describeServers(ctx); err != nil {
		return err
	}
	if !s.options.ServersOnly {
		var err error
		if s.bin, err = s.build(ctx); err != nil {
			return err
		}
	}
	if err := s.startServers(ctx); err != nil {
		return err
	}
	if !s.options.ServersOnly {
		if err := s.startServices(ctx); err != nil {
			return err
		}
	}
	return s.state.change(func(r *record) { r.Complete = true })
}

// claim writes down whose stack this is before anything is started.
func (s *Stack) claim() error {
	var owner *process.Identity
	if !s.options.Detached {
		self, err := process.Identify(os.Getpid())
		if err != nil {
			return err
		}
		owner = &self
	}
	return s.state.change(func(r *record) {
		r.Owner, r.Complete = owner, false
		r.AMQPURL, r.DatabaseURLs = s.options.AMQPURL, s.options.DatabaseURLs
		for service, port := range s.options.Ports {
			r.Ports[service] = port
		}
	})
}

// stopLeftServices ends the services of a stack that was killed: they may be
// of an older build.
func (s *Stack) stopLeftServices(ctx context.Context) error {
	var left []*Program
	for _, name := range Services {
		p := s.program(name, process.Spec{}, nil)
		if p.adopt(s.state.programs()[name]) {
			left = append(left, p)
		}
	}
	if len(left) == 0 {
		return nil
	}
	done := s.options.Progress.Step(fmt.Sprintf("stopping %d services that an earlier run left behind", len(left)))
	defer done("stopped")
	_ = stopAll(ctx, left) // it can only say that one had to be killed
	return ctx.Err()
}

// describeServers finds or installs the servers that the user did not give.
func (s *Stack) describeServers(ctx context.Context) error {
	needPostgres := len(s.options.DatabaseURLs) < len(Services)
	needRabbitMQ := s.options.AMQPURL == ""
	password, err := s.password()
	if err != nil {
		return err
	}
	s.postgres = servers.Postgres{Dir: s.dir("postgres"), Password: password, Scratch: s.options.scratch}
	s.rabbit = servers.RabbitMQ{Dir: s.dir("rabbitmq"), Password: password}
	version, err := servers.DataVersion(s.postgres.Dir)
	if err != nil {
		return err
	}
	installed, err := servers.Find(ctx, needPostgres, needRabbitMQ, version, s.options.Progress)
	if err != nil {
		return err
	}
	s.postgres.Bin = installed.Postgres
	s.rabbit.Bin, s.rabbit.Erlang = installed.RabbitMQ, installed.Erlang
	return nil
}

// password returns the one of all users of the stack's servers, which is made
// up when their data is.
func (s *Stack) password() (string, error) {
	password, err := readPassword(s.options.Dir)
	if err != nil || password != "" {
		return password, err
	}
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails
	password = hex.EncodeToString(random)
	return password, os.WriteFile(passwordFile(s.options.Dir), []byte(password), 0o600)
}

// readPassword returns "" when none was made up yet.
func readPassword(dir string) (string, error) {
	password, err := os.ReadFile(passwordFile(dir))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return string(password), err
}

func passwordFile(dir string) string { return filepath.Join(dir, "password") }

func (s *Stack) build(ctx context.Context) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	done := s.options.Progress.Step("building the services " + strings.Join(Services, ", "))
	bin, err := build(ctx, root, s.options.Race)
	if err != nil {
		done("")
		return "", err
	}
	done("built")
	return bin, nil
}

// startServices starts the four at once: each waits for what it needs.
func (s *Stack) startServices(ctx context.Context) error {
	done := s.options.Progress.Step("starting the services")
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range Services {
		s.services[name] = s.service(name, filepath.Join(s.bin, name))
	}
	for _, p := range s.services {
		_ = os.Remove(p.spec.Log) // each run has its own log
		group.Go(func() error { return p.Start(ctx) })
	}
	if err := group.Wait(); err != nil {
		done("")
		return err
	}
	done("all services are ready")
	return nil
}

func (s *Stack) service(name, path string) *Program {
	spec := process.Spec{
		Path: path,
		Env:  s.oneProcessor(append(serviceEnvironment(s.options.Env, s.DatabaseURL(name), s.AMQPURL(), s.options.Ports[name]), s.addresses()...)),
		Dir:  s.options.Dir,
	}
	return s.program(name, spec, ready(s.options.Ports[name]))
}

// addresses tell the order service where its console finds the others.
func (s *Stack) addresses() []string {
	var variables []string
	for _, name := range Services {
		variables = append(variables, strings.ToUpper(name)+"_URL=http://127.0.0.1:"+strconv.Itoa(s.options.Ports[name]))
	}
	return variables
}

// ready asks a service whether it is ready for work.
func ready(port int) func(context.Context) error {
	url := "http://127.0.0.1:" + strconv.Itoa(port) + "/readyz"
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("GET %s: %s", url, response.Status)
		}
		return nil
	}
}

func (s *Stack) dir(name string) string { return filepath.Join(s.options.Dir, name) }
