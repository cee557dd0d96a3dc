// Package pgtest gives an integration test a database of its own.
package pgtest

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/pgkit"
)

// New returns a pool on a new database with the migrations applied. The
// database is made on the server that TEST_DATABASE_URL names, whose user may
// create databases, and dropped when the test ends. Without the variable the
// test is skipped: `./task test` starts a server and sets it.
func New(t testing.TB, migrations fs.FS) *pgxpool.Pool {
	t.Helper()
	pool := Open(t, NewURL(t))
	Migrate(t, pool, migrations)
	return pool
}

// migrated is the service whose migrations a test's database has.
const migrated = "test"

// Execute executes a statement.
func Execute(t testing.TB, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Open returns a pool on url that is closed when the test ends.
func Open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgkit.NewPool(url, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// Like returns a pool like the given one but for a change, that is closed when the test ends.
func Like(t testing.TB, pool *pgxpool.Pool, change func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config := pool.Config()
	change(config)
	like, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(like.Close)
	return like
}

// NewURL makes an empty database and returns its URL.
func NewURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		t.Skip("TEST_DATABASE_URL is not set; ./task test starts a server and sets it")
	}
	config, err := pgx.ParseConfig(server)
	if err != nil {
		t.Fatalf("TEST_DATABASE_URL: %v", err)
	}
	name := fmt.Sprintf("test_%016x", rand.Uint64())
	execute(t, config, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, config, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return fmt.Sprintf("host=%s port=%d user=%s password='%s' dbname=%s sslmode=disable",
		config.Host, config.Port, config.User, config.Password, name)
}

func execute(t testing.TB, config *pgx.ConnConfig, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatalf("connect to TEST_DATABASE_URL: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Errorf("%s: %v", statement, err)
	}
}

// WantPlan fails the test unless a plan by PlanWithoutValues has each part so many times,
// and reads no table whole and sorts nothing.
func WantPlan(t *testing.T, plan string, parts map[string]int) {
	t.Helper()
	for part, times := range parts {
		if n := strings.Count(plan, part); n != times {
			t.Errorf("the plan has %d times %q, want %d", n, part, times)
		}
	}
	if strings.Contains(plan, "Sort") || strings.Contains(plan, "Seq Scan") || t.Failed() {
		t.Errorf("plan:\n%s", plan)
	}
}

// WantPage fails the test unless the page that list reads from a pool like the given one,
// with the last statement that it sends, is read in its order by a scan of the index. args are
// SQL expressions.
func WantPage(t *testing.T, like *pgxpool.Pool, list func(*pgxpool.Pool) error, index string, args ...string) {
	t.Helper()
	pool, batches := Traced(t, like)
	sent := slices.Concat(batches.During(func() {
		if err := list(pool); err != nil {
			t.Fatal(err)
		}
	})...)
	if len(sent) == 0 {
		t.Fatal("no statement was sent")
	}
	plan := PlanWithoutValues(t, like, sent[len(sent)-1], args...)
	if !strings.Contains(plan, "Index Scan Backward using "+index) || strings.Contains(plan, "Seq Scan") || strings.Count(plan, "  Sort  ") > 1 {
		t.Errorf("want a scan of %s, without another sort than that of the months:\n%s", index, plan)
	}
}

// PlanWithoutValues returns the plan that a statement of a connection has for good,
// which knows no values. args are SQL expressions, for EXECUTE to be complete.
func PlanWithoutValues(t *testing.T, pool *pgxpool.Pool, sql string, args ...string) string {
	t.Helper()
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), "PREPARE planned AS "+sql); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), "EXPLAIN EXECUTE planned("+strings.Join(args, ", ")+")", pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "DEALLOCATE planned"); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
