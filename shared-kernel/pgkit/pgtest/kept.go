package pgtest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/errs"
)

// Impatient returns a pool like the given one that waits for a lock for a shorter time than
// others do, and for longer than a search for kept ones does.
func Impatient(t *testing.T, like *pgxpool.Pool) *pgxpool.Pool {
	t.Helper()
	return Like(t, like, func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["lock_timeout"] = "200ms" })
}

// KeepLocked locks something with a statement until it is freed, or the test ends.
func KeepLocked(t *testing.T, pool *pgxpool.Pool, lock string) (free func()) {
	t.Helper()
	keeper, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	free = sync.OnceFunc(func() {
		if err := keeper.Rollback(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(free)
	if _, err := keeper.Exec(t.Context(), lock); err != nil {
		t.Fatal(err)
	}
	return free
}

// ExpectRetriesToYield checks that a repository recognizes a call that is retried because
// somebody keeps its row locked: from the second time on it comes after the others, and waits
// no longer than a search for such calls does (pgkit.Group.KeyedBy). open returns the call, of
// a repository over the pool; lock is a statement that locks its row.
func ExpectRetriesToYield(t *testing.T, like *pgxpool.Pool, lock string, open func(*pgxpool.Pool) (call func() error)) {
	t.Helper()
	pool, batches := Traced(t, Impatient(t, like))
	call, free := open(pool), KeepLocked(t, like, lock)
	for n := range 3 {
		var err error
		sent := batches.During(func() { err = call() })
		if !errs.Is(err, errs.Unavailable) {
			t.Fatalf("call %d for a locked row: %v", n+1, err)
		}
		yields := slices.ContainsFunc(slices.Concat(sent...), func(sql string) bool { return strings.HasPrefix(sql, "SET LOCAL lock_timeout") })
		if yields != (n > 0) {
			t.Errorf("call %d yields: %v; sent\n%s", n+1, yields, strings.Join(slices.Concat(sent...), "\n"))
		}
	}
	free()
	if err := call(); err != nil {
		t.Errorf("the row is free: %v", err)
	}
}
