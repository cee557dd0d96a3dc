package e2e

import (
	"context"
	"os"
	"testing"

	"orders.internal/test/stack"
)

// addReplica starts another process of a service for the length of the test, with
// these variables beside those that the system has, and returns its name, by which
// request knows it. Not for tests in parallel.
func addReplica(t *testing.T, service string, variables ...string) (name string) {
	t.Helper()
	name = service + "-" + newID()
	p, err := system.AddReplica(t.Context(), stack.Replica{
		Name: name, Service: service,
		Env: append(append(os.Environ(), "SAGA_TIMEOUT=1h"), variables...),
	})
	if err != nil {
		t.Fatal(err)
	}
	start(t, p)
	t.Cleanup(func() {
		if err := p.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return name
}
