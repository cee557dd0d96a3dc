package pgkit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// lockable is a database with the table counters, whose row a somebody has locked.
type lockable struct {
	pool *pgxpool.Pool // that waits for a lock for a shorter time than others do
	free func()        // the row
}

func newLockable(t *testing.T) lockable {
	t.Helper()
	outside := pgtest.New(t, counters)
	return lockable{pgtest.Impatient(t, outside), pgtest.KeepLocked(t, outside, read)}
}

// counting increments the counters that its calls name, once it may begin.
type counting struct {
	*pgkit.Group[string]
	begin        chan struct{}
	transactions int
}

func newCounting(pool *pgxpool.Pool, options ...pgkit.GroupOption) *counting {
	c := &counting{begin: make(chan struct{})}
	c.Group = pgkit.NewGroup(pool, func(ctx context.Context, tx *pgkit.Tx, names []string) ([]error, error) {
		<-c.begin
		c.transactions++
		for _, name := range names {
			if err := increment(ctx, tx, name); err != nil {
				return nil, err
			}
		}
		return make([]error, len(names)), nil
	}, options...)
	return c
}

// together does all that is named in one transaction, after another one.
func (c *counting) together(t *testing.T, names ...string) []error {
	t.Helper()
	return together(t, c.Group, "b", func() { close(c.begin) }, names...)
}

// together has the calls in one turn, after a first call that waits in its transaction until it
// may begin.
func together(t *testing.T, g *pgkit.Group[string], first string, begin func(), names ...string) (outcomes []error) {
	t.Helper()
	outcomes = make([]error, len(names))
	var all sync.WaitGroup
	all.Go(func() {
		if err := g.Do(t.Context(), first); err != nil {
			t.Error(err)
		}
	})
	for !g.Working() || g.Waiting() > 0 {
		runtime.Gosched()
	}
	for i, name := range names {
		all.Go(func() { outcomes[i] = g.Do(t.Context(), name) })
		for g.Waiting() < i+1 {
			runtime.Gosched()
		}
	}
	begin()
	all.Wait()
	return outcomes
}

// expectLocked checks that err says that a lock could not be had: another time it can.
func expectLocked(t *testing.T, err error) {
	t.Helper()
	var answered *pgconn.PgError
	if !errs.Is(err, errs.Unavailable) || !errors.As(err, &answered) || answered.Code != "55P03" {
		t.Errorf("err = %v", err)
	}
}

func TestOnlyCallsThatNeedALockedRowFail(t *testing.T) {
	t.Parallel()
	locked := newLockable(t)
	c := newCounting(locked.pool, pgkit.SilentAfter(0))
	names := make([]string, 20)
	for i := range names {
		names[i] = "b"
	}
	names[13] = "a"
	for i, err := range c.together(t, names...) {
		if i == 13 {
			expectLocked(t, err)
		} else if err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if a, b := value(t, locked.pool, "a"), value(t, locked.pool, "b"); a != 0 || b != 20 {
		t.Errorf("a = %d, b = %d", a, b)
	}
	locked.free()
	if err := c.Do(t.Context(), "a"); err != nil {
		t.Errorf("the row is free: %v", err)
	}
}

// turns is a group whose calls a test hands out turn by turn, and which notes its transactions.
type turns struct {
	*pgkit.Group[string]
	begin chan struct{} // taken while a transaction runs

	mu  sync.Mutex
	ran []string
}

// newTurns returns a group of calls that are recognized when they come again, but for new ones. run returns what
// is to be noted of a transaction, too.
func newTurns(pool *pgxpool.Pool, run func(ctx context.Context, tx *pgkit.Tx, names []string) (note string, err error)) *turns {
	g := &turns{begin: make(chan struct{}, 1)}
	g.Group = pgkit.NewGroup(pool, func(ctx context.Context, tx *pgkit.Tx, names []string) ([]error, error) {
		<-g.begin
		defer func() { g.begin <- struct{}{} }()
		note, err := run(ctx, tx, names)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.ran = append(g.ran, fmt.Sprint(names, " ", note))
		return make([]error, len(names)), err
	})
	g.KeyedBy(func(name string) any {
		if name == "new" {
			return nil
		}
		return name
	})
	return g
}

// take has the calls in one turn, after one of another call.
func (g *turns) take(t *testing.T, names ...string) (outcomes []error) {
	t.Helper()
	for g.Working() {
		runtime.Gosched()
	}
	outcomes = together(t, g.Group, "first", func() { g.begin <- struct{}{} }, names...)
	<-g.begin
	return outcomes
}

// expect checks what ran after the first call since it was asked last.
func (g *turns) expect(t *testing.T, want ...string) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.ran) == 0 || !slices.Equal(g.ran[1:], want) {
		t.Errorf("ran %q, want %q after the first", g.ran, want)
	}
	g.ran = nil
}

// A caller who was told that somebody keeps a lock tries again, for as long as it is kept.
func TestRetriesForALockedRowComeAfterTheOthers(t *testing.T) {
	t.Parallel()
	locked := newLockable(t)
	group := newTurns(locked.pool, func(ctx context.Context, tx *pgkit.Tx, names []string) (timeout string, err error) {
		tx.Queue("SHOW lock_timeout").QueryRow(func(row pgx.Row) error { return row.Scan(&timeout) })
		for _, name := range names {
			tx.Queue("UPDATE counters SET value = value + 1 WHERE name = $1", name[:1])
		}
		err = tx.Send(ctx)
		return timeout, err
	})
	for _, err := range group.take(t, "a1", "a2") {
		expectLocked(t, err)
	}
	group.expect(t, "[a1 a2] 200ms", "[a1] 100ms", "[a2] 100ms")
	for range 2 { // as often as they come, and as many as there are
		outcomes := group.take(t, "a1", "b1", "a2", "b2")
		expectLocked(t, outcomes[0])
		expectLocked(t, outcomes[2])
		if err := errors.Join(outcomes[1], outcomes[3]); err != nil {
			t.Error(err)
		}
		group.expect(t, "[b1 b2] 200ms", "[a1] 100ms")
	}
	locked.free()
	if err := errors.Join(group.take(t, "a1", "b1", "a2")...); err != nil {
		t.Error(err)
	}
	group.expect(t, "[b1] 200ms", "[a1] 100ms", "[a2] 100ms")
	if err := errors.Join(group.take(t, "a1", "b1", "a2")...); err != nil {
		t.Error(err)
	}
	group.expect(t, "[a1 b1 a2] 200ms")
}

// Who falls silent while calls are retried is waited for once, and not by each of them.
func TestOutageEndsATurnOfRetries(t *testing.T) {
	outage, kept := errs.New(errs.Unavailable, "gone"), &pgconn.PgError{Code: "55P03"}
	var fails error
	group := newTurns(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, names []string) (string, error) {
		if names[0] == "first" {
			return "", nil
		}
		return "", fails
	})
	expect := func(want error, outcomes ...error) {
		t.Helper()
		for i, err := range outcomes {
			if !errors.Is(err, want) {
				t.Errorf("call %d: %v, want %v", i, err, want)
			}
		}
	}
	fails = kept
	expect(kept, group.take(t, "a", "b")...)
	group.expect(t, "[a b] ", "[a] ", "[b] ")
	fails = outage
	expect(outage, group.take(t, "a", "b")...)
	group.expect(t, "[a] ")
	expect(outage, group.take(t, "a", "b", "c")...)
	group.expect(t, "[c] ")
}

// What nobody can retry is no retry when it comes again.
func TestCallWithoutAKeyComesWithTheOthers(t *testing.T) {
	group := newTurns(pgtest.New(t, counters), func(_ context.Context, _ *pgkit.Tx, names []string) (string, error) {
		if slices.Contains(names, "a") || len(names) == 1 && names[0] == "new" {
			return "", &pgconn.PgError{Code: "55P03"}
		}
		return "", nil
	})
	for _, err := range group.take(t, "a", "new") {
		expectLocked(t, err)
	}
	group.expect(t, "[a new] ", "[a] ", "[new] ")
	outcomes := group.take(t, "a", "new", "b")
	expectLocked(t, outcomes[0])
	if err := errors.Join(outcomes[1:]...); err != nil {
		t.Error(err)
	}
	group.expect(t, "[new b] ", "[a] ")
}

// A lock that everybody needs must not be waited for once more by each of them.
func TestSearchForCallsThatNeedALockIsBounded(t *testing.T) {
	t.Parallel()
	c := newCounting(newLockable(t).pool, pgkit.LockedFor(0))
	for _, err := range c.together(t, "a", "a", "a", "a", "a", "a", "a", "a") {
		expectLocked(t, err)
	}
	if c.transactions != 2 { // the first is no part of it
		t.Errorf("%d transactions", c.transactions)
	}
}

// A database that says that a lock is taken answers: nobody has to be spared it.
func TestLockedRowIsNoSilence(t *testing.T) {
	t.Parallel()
	locked := newLockable(t)
	begun := make(chan struct{}, 1)
	group := pgkit.NewGroup(locked.pool, func(ctx context.Context, tx *pgkit.Tx, names []string) ([]error, error) {
		begun <- struct{}{}
		return make([]error, len(names)), increment(ctx, tx, names[0])
	}, pgkit.SilentAfter(0), pgkit.AtMost(1))
	expectLocked(t, group.Do(t.Context(), "a"))
	<-begun
	a, b := make(chan error, 1), make(chan error, 1)
	go func() { a <- group.Do(t.Context(), "a") }()
	<-begun
	go func() { b <- group.Do(t.Context(), "b") }()
	for group.Waiting() < 1 {
		runtime.Gosched()
	}
	expectLocked(t, <-a)
	if err := <-b; err != nil {
		t.Errorf("err = %v", err)
	}
}

func TestOnlyMigrationsWaitForLocksWithoutEnd(t *testing.T) {
	t.Parallel()
	pool := pgtest.Open(t, pgtest.NewURL(t))
	show := func(statement string) (timeout string) {
		if err := pool.QueryRow(t.Context(), statement).Scan(&timeout); err != nil {
			t.Fatal(err)
		}
		return timeout
	}
	if got := show("SHOW lock_timeout"); got != "5s" {
		t.Errorf("lock_timeout = %s", got)
	}
	files := fstest.MapFS{"00001_seen.sql": {Data: []byte(
		"-- +goose Up\nCREATE TABLE seen AS SELECT current_setting('lock_timeout') AS value;\n")}}
	if err := pgkit.Migrate(t.Context(), pool, "test", files, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if got := show("SELECT value FROM seen"); got != "0" {
		t.Errorf("lock_timeout of a migration = %s", got)
	}
}
