package pgtest

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
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
