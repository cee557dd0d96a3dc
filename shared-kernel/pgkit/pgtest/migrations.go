package pgtest

import (
	"io/fs"
	"log/slog"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"orders.internal/shared-kernel/pgkit"
)

// Before returns the migrations that are older than the named one.
func Before(t *testing.T, all fs.FS, name string) fs.FS {
	t.Helper()
	names, err := fs.Glob(all, "*.sql")
	if err != nil || !slices.Contains(names, name) {
		t.Fatalf("there is no migration %s among %v, %v", name, names, err)
	}
	older := fstest.MapFS{}
	for _, n := range names {
		if n >= name {
			continue
		}
		content, err := fs.ReadFile(all, n)
		if err != nil {
			t.Fatal(err)
		}
		older[n] = &fstest.MapFile{Data: content}
	}
	return older
}

// Migrate applies those of the migrations that New has not.
func Migrate(t testing.TB, pool *pgxpool.Pool, all fs.FS) {
	t.Helper()
	if err := migrate(t, pool, all); err != nil {
		t.Fatal(err)
	}
}

func migrate(t testing.TB, pool *pgxpool.Pool, all fs.FS) error {
	return pgkit.Migrate(t.Context(), pool, migrated, all, slog.New(slog.DiscardHandler))
}

// Revert takes the named migration back, and first those after it.
func Revert(t *testing.T, pool *pgxpool.Pool, all fs.FS, name string) {
	t.Helper()
	version, err := goose.NumericComponent(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(all, name); err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, all,
		goose.WithTableName(migrated+"_migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(t.Context(), version-1); err != nil {
		t.Fatal(err)
	}
}

// MigrateDuring applies migrations that have to wait for a transaction in which sql was
// executed, and which is committed then.
func MigrateDuring(t *testing.T, pool *pgxpool.Pool, all fs.FS, sql string, args ...any) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- migrate(t, pool, all) }()
	AwaitBlocked(t, pool)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
