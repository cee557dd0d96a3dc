package pgkit_test

import (
	"testing"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// The database's machine has vanished, and what stands at its address since then
// knows nothing of the old connections.
func TestDeadConnectionIsNoticed(t *testing.T) {
	t.Parallel()
	proxy := pgtest.NewProxy(t, pgtest.NewURL(t))
	pool := pgtest.Open(t, proxy.URL)
	if err := pgkit.Ping(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	defer proxy.Bury()
	proxy.Swallow()
	// Had the connection been idle for a second, it would be replaced at once.
	if err := pgkit.Ping(t.Context(), pool); err != nil && !errs.Is(err, errs.Unavailable) {
		t.Errorf("err = %v", err)
	}
	if err := pgkit.Ping(t.Context(), pool); err != nil {
		t.Errorf("over a new connection: %v", err)
	}
}
