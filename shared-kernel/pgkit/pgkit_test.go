package pgkit_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

var counters = fstest.MapFS{"00001_counters.sql": {Data: []byte(`-- +goose Up
CREATE TABLE counters (name text PRIMARY KEY, value int NOT NULL);
INSERT INTO counters VALUES ('a', 0), ('b', 0);
-- +goose Down
DROP TABLE counters;
`)}}

func value(t *testing.T, pool *pgxpool.Pool, name string) (v int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), "SELECT value FROM counters WHERE name = $1", name).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func increment(ctx context.Context, tx *pgkit.Tx, name string) error {
	tx.Queue("UPDATE counters SET value = value + 1 WHERE name = $1", name)
	return tx.Send(ctx)
}

func TestReplicasMigrateOnceTogether(t *testing.T) {
	url := pgtest.NewURL(t)
	var all sync.WaitGroup
	for range 4 {
		pool := pgtest.Open(t, url)
		all.Go(func() {
			if err := pgkit.Migrate(t.Context(), pool, "test", counters, slog.New(slog.DiscardHandler)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := value(t, pgtest.Open(t, url), "a"); got != 0 {
		t.Errorf("a = %d", got)
	}
}

func TestBrokenMigrationIsReported(t *testing.T) {
	broken := fstest.MapFS{"00001_broken.sql": {Data: []byte("-- +goose Up\nCREATE TABEL x ();\n")}}
	pool := pgtest.Open(t, pgtest.NewURL(t))
	err := pgkit.Migrate(t.Context(), pool, "test", fs.FS(broken), slog.New(slog.DiscardHandler))
	if err == nil || errs.Is(err, errs.Unavailable) {
		t.Errorf("err = %v", err)
	}
}

func TestMigrationWaitsForTheDatabaseUntilItsContextEnds(t *testing.T) {
	pool := pgtest.Open(t, "postgres://127.0.0.1:1/none")
	ctx, cancel := context.WithCancel(t.Context())
	waiting := &firstLine{seen: make(chan struct{})}
	done := make(chan error)
	go func() { done <- pgkit.Migrate(ctx, pool, "test", counters, slog.New(waiting)) }()
	<-waiting.seen
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

// firstLine is a log handler that tells when something is logged.
type firstLine struct {
	slog.Handler
	once sync.Once
	seen chan struct{}
}

func (h *firstLine) Enabled(context.Context, slog.Level) bool { return true }
func (h *firstLine) Handle(context.Context, slog.Record) error {
	h.once.Do(func() { close(h.seen) })
	return nil
}

func TestTransactionIsRunAgainAfterALostRace(t *testing.T) {
	pool := pgtest.New(t, counters)
	runs := 0
	err := pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
		if err := increment(ctx, tx, "a"); err != nil {
			return err
		}
		if runs++; runs < 3 {
			return pgkit.ErrRetry
		}
		return nil
	})
	if err != nil || runs != 3 {
		t.Errorf("%d runs, %v", runs, err)
	}
	if got := value(t, pool, "a"); got != 1 {
		t.Errorf("a = %d: what was rolled back counts", got)
	}
}

// Two transactions lock the same two rows in opposite order; PostgreSQL ends
// one of them, and InTx runs it again.
func TestDeadlockIsRetried(t *testing.T) {
	pool := pgtest.New(t, counters)
	var bothHold sync.WaitGroup
	bothHold.Add(2)
	update := func(first, second string) error {
		var once sync.Once
		return pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
			if err := increment(ctx, tx, first); err != nil {
				return err
			}
			once.Do(func() { bothHold.Done(); bothHold.Wait() })
			return increment(ctx, tx, second)
		})
	}
	var all sync.WaitGroup
	for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
		all.Go(func() {
			if err := update(order[0], order[1]); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if a, b := value(t, pool, "a"), value(t, pool, "b"); a != 2 || b != 2 {
		t.Errorf("a = %d, b = %d, want 2 and 2", a, b)
	}
}

func TestFailureRollsBackAndIsReturned(t *testing.T) {
	pool := pgtest.New(t, counters)
	refused := errs.New(errs.Conflict, "refused")
	err := pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
		return errors.Join(increment(ctx, tx, "a"), refused)
	})
	if !errs.Is(err, errs.Conflict) || value(t, pool, "a") != 0 {
		t.Errorf("err = %v, a = %d", err, value(t, pool, "a"))
	}
}

func TestEndedContextRollsBackAndKeepsThePoolUsable(t *testing.T) {
	pool := pgtest.New(t, counters)
	ctx, cancel := context.WithCancel(t.Context())
	err := pgkit.InTx(ctx, pool, func(ctx context.Context, tx *pgkit.Tx) error {
		if err := increment(ctx, tx, "a"); err != nil {
			return err
		}
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if got := value(t, pool, "a"); got != 0 {
		t.Errorf("a = %d", got)
	}
}

func TestOutagesAreUnavailable(t *testing.T) {
	pool := pgtest.New(t, counters)
	killed := pgkit.InTx(t.Context(), pool, func(ctx context.Context, tx *pgkit.Tx) error {
		tx.Queue("SELECT pg_terminate_backend(pg_backend_pid())")
		return tx.Send(ctx)
	})
	unreachable := pgkit.Ping(t.Context(), pgtest.Open(t, "postgres://127.0.0.1:1/none"))
	closed := pgtest.Open(t, pgtest.NewURL(t))
	closed.Close()
	for name, err := range map[string]error{
		"backend killed":   killed,
		"nobody listens":   unreachable,
		"pool closed":      pgkit.Ping(t.Context(), closed),
		"no such database": pgkit.Ping(t.Context(), pgtest.Open(t, pgtest.NewURL(t)+" dbname=none")),
		"deadline":         pgkit.Translate(context.DeadlineExceeded),
	} {
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOtherFailuresKeepTheirMeaning(t *testing.T) {
	pool := pgtest.New(t, counters)
	_, violation := pool.Exec(t.Context(), "INSERT INTO counters VALUES ('a', 1)")
	for name, err := range map[string]error{
		"unique violation": violation,
		"cancelled":        context.Canceled,
		"coded already":    errs.New(errs.NotFound, "none"),
		"none":             nil,
	} {
		if got := pgkit.Translate(err); got != err { //nolint:errorlint // the very same
			t.Errorf("%s became %v", name, got)
		}
	}
}

// A service starts with empty tables and keeps its connections.
func TestPlansFollowTheGrowthOfATable(t *testing.T) {
	pool := pgtest.New(t, counters)
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for _, sql := range []string{
		`PREPARE increment (text[]) AS UPDATE counters SET value = value + 1 FROM unnest($1) AS n (name) WHERE counters.name = n.name`,
		`DO $$ BEGIN FOR i IN 1..10 LOOP EXECUTE $q$ EXECUTE increment('{a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p}') $q$; END LOOP; END $$`,
		`INSERT INTO counters SELECT 'counter ' || n, 0 FROM generate_series(1, 20000) n`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := conn.Query(t.Context(), `EXPLAIN EXECUTE increment('{a}')`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if plan := strings.Join(lines, "\n"); !strings.Contains(plan, "counters_pkey") {
		t.Errorf("plan:\n%s", plan)
	}
}

func TestBadURLIsRefusedWithoutItsPassword(t *testing.T) {
	_, err := pgkit.NewPool("postgres://user:hunter2@host:port/db", "test")
	if err == nil {
		t.Fatal("no error")
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("err = %v", err)
	}
}

// A server that goes silent in the middle must not hold a transaction, and those
// who wait for it, for as long as the kernel believes in the connection.
func TestStatementsOfATransactionHaveADeadline(t *testing.T) {
	pool := pgtest.New(t, counters)
	bounded := func(ctx context.Context) error {
		if _, limited := ctx.Deadline(); !limited {
			return errors.New("there is no deadline")
		}
		return nil
	}
	alone := pgkit.InTx(context.Background(), pool, func(ctx context.Context, _ *pgkit.Tx) error { return bounded(ctx) })
	group := pgkit.NewGroup(pool, func(ctx context.Context, _ *pgkit.Tx, calls []int) ([]error, error) {
		return make([]error, len(calls)), bounded(ctx)
	})
	if err := errors.Join(alone, group.Do(context.Background(), 1)); err != nil {
		t.Error(err)
	}
}
