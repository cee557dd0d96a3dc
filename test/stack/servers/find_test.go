package servers

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakePrograms makes folders with programs that print a version.
func fakePrograms(t *testing.T, folders map[string][]string) string {
	t.Helper()
	root := t.TempDir()
	for folder, programs := range folders {
		for _, program := range programs {
			path := filepath.Join(root, folder, program)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			version := filepath.Base(filepath.Dir(filepath.Dir(path)))
			if err := os.WriteFile(path, []byte("#!/bin/sh\necho 'postgres (PostgreSQL) "+version+".4 (Debian)'\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

// override replaces the folders outside PATH for one test.
func override(t *testing.T, variable *[]string, patterns ...string) {
	t.Helper()
	old := *variable
	*variable = patterns
	t.Cleanup(func() { *variable = old })
}

func TestFindPostgres(t *testing.T) {
	root := fakePrograms(t, map[string][]string{
		"lib/9/bin":      {"postgres", "initdb"},
		"lib/15/bin":     {"postgres", "initdb"},
		"lib/17/bin":     {"psql"}, // a client alone
		"elsewhere/16/b": {"postgres", "initdb"},
		"path":           {"psql"},
	})
	override(t, &postgresFolders, filepath.Join(root, "lib/*/bin"))
	for name, test := range map[string]struct {
		path    []string
		version string
		want    string
	}{
		"the newest":             {want: "lib/15/bin"},
		"the one of the data":    {version: "9", want: "lib/9/bin"},
		"PATH first":             {path: []string{"path", "elsewhere/16/b"}, want: "elsewhere/16/b"},
		"the data's before PATH": {path: []string{"elsewhere/16/b"}, version: "15", want: "lib/15/bin"},
	} {
		t.Run(name, func(t *testing.T) {
			var path []string
			for _, folder := range test.path {
				path = append(path, filepath.Join(root, folder))
			}
			got, err := findPostgres(path, test.version)
			if err != nil || got != filepath.Join(root, test.want) {
				t.Errorf("got %s, %v; want %s", got, err, test.want)
			}
		})
	}

	t.Run("a link in PATH", func(t *testing.T) {
		links := t.TempDir()
		if err := os.Symlink(filepath.Join(root, "elsewhere/16/b/postgres"), filepath.Join(links, "postgres")); err != nil {
			t.Fatal(err)
		}
		if got, err := findPostgres([]string{links}, ""); err != nil || got != filepath.Join(root, "elsewhere/16/b") {
			t.Errorf("got %s, %v", got, err)
		}
	})
	t.Run("data of a version that is gone", func(t *testing.T) {
		if _, err := findPostgres(nil, "12"); err == nil || errors.Is(err, errMissing) || !strings.Contains(err.Error(), "12") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nothing there", func(t *testing.T) {
		override(t, &postgresFolders)
		if _, err := findPostgres(nil, ""); !errors.Is(err, errMissing) {
			t.Errorf("got %v", err)
		}
	})
}

func TestFindRabbitMQ(t *testing.T) {
	root := fakePrograms(t, map[string][]string{
		"rabbit": {"rabbitmq-server", "rabbitmqctl"},
		"erlang": {"epmd", "erl"},
	})
	override(t, &rabbitFolders, filepath.Join(root, "rabbit"))
	override(t, &erlangFolders)
	if _, _, err := findRabbitMQ(nil); !errors.Is(err, errMissing) {
		t.Errorf("without Erlang: %v", err)
	}
	rabbit, erlang, err := findRabbitMQ([]string{filepath.Join(root, "erlang")})
	if err != nil || rabbit != filepath.Join(root, "rabbit") || erlang != filepath.Join(root, "erlang") {
		t.Errorf("got %s, %s, %v", rabbit, erlang, err)
	}
}

func TestNewestFirstComparesNumbers(t *testing.T) {
	root := fakePrograms(t, map[string][]string{"9.6/bin": {"x"}, "10/bin": {"x"}, "15/bin": {"x"}})
	var got []string
	for _, folder := range newestFirst([]string{filepath.Join(root, "*/bin")}) {
		got = append(got, filepath.Base(filepath.Dir(folder)))
	}
	if want := []string{"15", "10", "9.6"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestIsDebianFamily(t *testing.T) {
	for release, want := range map[string]bool{
		"PRETTY_NAME=\"Debian\"\nID=debian\n":     true,
		"ID=ubuntu\nID_LIKE=debian\n":             true,
		"ID=linuxmint\nID_LIKE=\"ubuntu debian\"": true,
		"ID=fedora\nNAME=debian\n":                false,
		"ID=notdebian\n":                          false,
		"":                                        false,
	} {
		if got := isDebianFamily(release); got != want {
			t.Errorf("%q: %v", release, got)
		}
	}
}
