package stack

import (
	"context"
	"fmt"
	"path/filepath"

	"orders.internal/test/stack/process"
)

// Replica is a process of a service beside those of Start: one of several of
// the same service, or one that reaches its servers another way.
type Replica struct {
	Name        string // its own, such as order-2
	Service     string // one of Services
	Env         []string
	DatabaseURL string // empty: as the stack's own services reach it
	AMQPURL     string // empty: likewise
}

// AddReplica adds a replica, to be started. It has a port of its own, and URL
// knows it by its name.
func (s *Stack) AddReplica(ctx context.Context, r Replica) (*Program, error) {
	if _, taken := s.services[r.Name]; taken {
		return nil, fmt.Errorf("add %s: there is one of this name", r.Name)
	}
	if s.bin == "" {
		var err error
		if s.bin, err = s.build(ctx); err != nil {
			return nil, err
		}
	}
	port, err := freePort(s.options.Ports)
	if err != nil {
		return nil, err
	}
	s.options.Ports[r.Name] = port
	if r.DatabaseURL == "" {
		r.DatabaseURL = s.DatabaseURL(r.Service)
	}
	if r.AMQPURL == "" {
		r.AMQPURL = s.AMQPURL()
	}
	p := s.program(r.Name, process.Spec{
		Path: filepath.Join(s.bin, r.Service),
		Env:  s.oneProcessor(append(s.addresses(), serviceEnvironment(r.Env, r.DatabaseURL, r.AMQPURL, port)...)),
		Dir:  s.options.Dir,
	}, ready(port))
	s.services[r.Name] = p
	return p, nil
}
