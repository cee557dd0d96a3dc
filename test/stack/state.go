package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"orders.internal/test/stack/process"
)

// state is what a stack writes down about itself, so that another process
// finds it: `down` and `status`, and the next `up` after a kill.
type state struct {
	mu   sync.Mutex
	path string
	record
}

// record is the state as it is on disk.
type record struct {
	// Owner stops the stack when it ends; nil for a detached one.
	Owner *process.Identity `json:"owner,omitempty"`
	// Complete once everything was ready.
	Complete bool                        `json:"complete"`
	Programs map[string]process.Identity `json:"programs"`
	Ports    map[string]int              `json:"ports"`
	// Own holds the connection URLs that the user gave in place of servers.
	AMQPURL      string            `json:"amqp_url,omitempty"`
	DatabaseURLs map[string]string `json:"database_urls,omitempty"`
}

// loadState reads what an earlier stack in dir wrote, if one did.
func loadState(dir string) (*state, error) {
	s := &state{path: filepath.Join(dir, "state.json")}
	s.Programs, s.Ports = map[string]process.Identity{}, map[string]int{}
	data, err := os.ReadFile(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s.record)
	}
	if err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	return s, nil
}

// change applies a change and writes the state, whole or not at all.
func (s *state) change(apply func(*record)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	apply(&s.record)
	data, err := json.MarshalIndent(s.record, "", "  ")
	if err != nil {
		return fmt.Errorf("write the stack's state: %w", err)
	}
	draft := s.path + ".draft"
	if err := os.WriteFile(draft, data, 0o600); err != nil { // it holds passwords
		return fmt.Errorf("write the stack's state: %w", err)
	}
	if err := os.Rename(draft, s.path); err != nil {
		return fmt.Errorf("write the stack's state: %w", err)
	}
	return nil
}

func (s *state) started(name string, id process.Identity) error {
	return s.change(func(r *record) { r.Programs[name] = id })
}

func (s *state) ended(name string) error {
	return s.change(func(r *record) { delete(r.Programs, name) })
}

// programs returns the programs that were started and not stopped.
func (s *state) programs() map[string]process.Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.Programs)
}
