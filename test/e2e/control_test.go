package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/stack"
)

func services() []*stack.Program {
	var all []*stack.Program
	for _, name := range contracts.Services {
		all = append(all, system.Service(name))
	}
	return all
}

// start starts a program and returns when it is ready. A cleanup may use it: the
// test's own context has ended by then.
func start(t *testing.T, p *stack.Program) {
	t.Helper()
	if err := p.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// stop ends a program as an operator would.
func stop(t *testing.T, p *stack.Program) {
	t.Helper()
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// kill ends a program as a crash would.
func kill(t *testing.T, p *stack.Program) {
	t.Helper()
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
}

// leaveHealthy makes the test start again, at its end, whatever it has stopped.
func leaveHealthy(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		for _, p := range append([]*stack.Program{system.Database, system.Broker}, services()...) {
			if !p.Running() {
				start(t, p)
			}
		}
		for _, service := range contracts.Services {
			waitReady(t, service, http.StatusOK, "ready")
		}
	})
}

// waitReady returns when a service's readiness is what is wanted.
func waitReady(t *testing.T, service string, code int, status string) {
	t.Helper()
	eventually(t, func() error {
		a, err := request(http.MethodGet, service, "/readyz", "")
		if err != nil {
			return err
		}
		var readiness struct {
			Status string `json:"status"`
		}
		if err := json.Unmarshal([]byte(a.Body), &readiness); err != nil || a.Status != code || readiness.Status != status {
			return fmt.Errorf("readiness of %s is %d %s, not %d %s", service, a.Status, a.Body, code, status)
		}
		return nil
	})
}

// How orders come in while something happens.
const (
	placeEvery  = 20 * time.Millisecond
	mostPlaced  = 300
	placedFirst = 10 // and as many afterwards
)

// placeDuring places orders one after the other, from before something happens
// until after it, and returns those that were accepted. The others must have
// been refused as unavailable, or not have been answered at all.
func placeDuring(t *testing.T, p placement, happen func()) (placed []string) {
	t.Helper()
	for range placedFirst {
		placed = append(placed, place(t, p).ID)
	}
	happened := make(chan struct{})
	var customers sync.WaitGroup
	customers.Go(func() { placed = append(placed, placeUntil(t, p, happened)...) })
	func() {
		defer customers.Wait()
		defer close(happened) // even when happen ends the test
		happen()
	}()
	for last := len(placed) + placedFirst; len(placed) < last; {
		eventually(t, func() error {
			id, err := placeIfPossible(t, p)
			if err == nil {
				placed = append(placed, id)
			}
			return err
		})
	}
	return placed
}

func placeUntil(t *testing.T, p placement, end <-chan struct{}) (placed []string) {
	tick := time.NewTicker(placeEvery)
	defer tick.Stop()
	for len(placed) < mostPlaced {
		if id, err := placeIfPossible(t, p); err == nil {
			placed = append(placed, id)
		}
		select {
		case <-end:
			return placed
		case <-tick.C:
		}
	}
	return placed
}

// placeIfPossible returns an error when the order was not accepted, and fails
// the test unless that was because something is down.
func placeIfPossible(t *testing.T, p placement) (id string, err error) {
	a, err := tryPlace(p)
	if err != nil {
		return "", err
	}
	if a.Status == http.StatusCreated {
		return accepted(t, a).ID, nil
	}
	expectUnavailable(t, a)
	return "", fmt.Errorf("POST /api/orders: %d %s", a.Status, a.Body)
}

func expectUnavailable(t *testing.T, a answer) {
	t.Helper()
	problemOf(t, a)
	if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q: %s", a.Status, a.Header.Get("Retry-After"), a.Body)
	}
}
