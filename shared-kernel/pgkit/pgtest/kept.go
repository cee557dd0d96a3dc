package pgtest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/errs"
)

// ExpectRetriesToYield checks that a repository recognizes a call that is retried because
// somebody keeps its row locked: from the second time on it comes after the others, and waits
// no longer than a search for such calls does (pgkit.Group.KeyedBy). open returns the call, of
// a repository over the pool; lock is a statement that locks its row.
func ExpectRetriesToYield(t *testing.T, like *pgxpool.Pool, lock string, open func(*pgxpool.Pool) (call func() error)) {
	t.Helper()
	config := like.Config()
	config.ConnConfig.RuntimeParams["lock_timeout"] = "200ms"
	impatient, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(impatient.Close)
	pool, batches := Traced(t, impatient)
	call := open(pool)
	keeper, err := like.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keeper.Rollback(context.WithoutCancel(t.Context())) }() // again, unless it failed
	if _, err := keeper.Exec(t.Context(), lock); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		sent := batches.During(func() { err = call() })
		if !errs.Is(err, errs.Unavailable) {
			t.Fatalf("call %d for a locked row: %v", n+1, err)
		}
		yields := slices.ContainsFunc(slices.Concat(sent...), func(sql string) bool { return strings.HasPrefix(sql, "SET LOCAL lock_timeout") })
		if yields != (n > 0) {
			t.Errorf("call %d yields: %v; sent\n%s", n+1, yields, strings.Join(slices.Concat(sent...), "\n"))
		}
	}
	if err := keeper.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := call(); err != nil {
		t.Errorf("the row is free: %v", err)
	}
}
