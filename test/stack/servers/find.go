// Package servers finds, installs, configures and describes the PostgreSQL
// and the RabbitMQ of the local stack.
package servers

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// errMissing is what the find functions return for a server that is not on
// this machine.
var errMissing = errors.New("not installed")

// Installed says where the programs of both servers are.
type Installed struct {
	Postgres string // folder of postgres and initdb
	RabbitMQ string // folder of rabbitmq-server and rabbitmqctl
	Erlang   string // folder of epmd and erl
}

// Folders outside PATH in which packages put the programs, the newest version
// last. Debian keeps PostgreSQL out of PATH, and what it has in PATH for
// RabbitMQ are wrappers that insist on the system's own broker and its user.
var (
	postgresFolders = []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
	}
	rabbitFolders = []string{
		"/usr/lib/rabbitmq/bin",
		"/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
		"/usr/local/opt/rabbitmq/sbin",
		"/opt/homebrew/opt/rabbitmq/sbin",
	}
	erlangFolders = []string{
		"/usr/lib/erlang/bin",
		"/usr/local/opt/erlang/lib/erlang/bin",
		"/opt/homebrew/opt/erlang/lib/erlang/bin",
	}
)

// findPostgres prefers the version of the data, as other ones can't read it;
// "" means that there is no data yet.
func findPostgres(path []string, version string) (string, error) {
	inPath := slices.Clone(path)
	for i, folder := range inPath {
		// A link in PATH leads to the folder that holds the whole server.
		if program, err := filepath.EvalSymlinks(filepath.Join(folder, "postgres")); err == nil {
			inPath[i] = filepath.Dir(program)
		}
	}
	found := holding(append(inPath, newestFirst(postgresFolders)...), "postgres", "initdb")
	if len(found) == 0 {
		return "", fmt.Errorf("PostgreSQL: %w", errMissing)
	}
	if version == "" {
		return found[0], nil
	}
	for _, folder := range found {
		if v, err := postgresVersion(folder); err == nil && v == version {
			return folder, nil
		}
	}
	return "", fmt.Errorf("the data was made by PostgreSQL %s, which is not on this machine any more: install it again, or delete the data with ./task down -- --purge", version)
}

func findRabbitMQ(path []string) (rabbit, erlang string, err error) {
	rabbits := holding(append(newestFirst(rabbitFolders), path...), "rabbitmq-server", "rabbitmqctl")
	erlangs := holding(append(slices.Clone(path), newestFirst(erlangFolders)...), "epmd", "erl")
	if len(rabbits) == 0 || len(erlangs) == 0 {
		return "", "", fmt.Errorf("RabbitMQ: %w", errMissing)
	}
	return rabbits[0], erlangs[0], nil
}

// holding returns those of the folders that hold all programs.
func holding(folders []string, programs ...string) []string {
	return slices.DeleteFunc(folders, func(folder string) bool {
		return slices.ContainsFunc(programs, func(program string) bool {
			info, err := os.Stat(filepath.Join(folder, program))
			return err != nil || info.IsDir() || info.Mode()&0o111 == 0
		})
	})
}

// newestFirst expands each pattern, with 15 before 9.6.
func newestFirst(patterns []string) []string {
	var folders []string
	for _, pattern := range patterns {
		matches, _ := filepath.Glob(pattern) // the patterns are well-formed
		slices.SortFunc(matches, func(a, b string) int { return slices.Compare(numbers(b), numbers(a)) })
		folders = append(folders, matches...)
	}
	return folders
}

// numbers returns the numbers in a path: its versions.
func numbers(path string) []int {
	var found []int
	for _, digits := range strings.FieldsFunc(path, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.Atoi(digits); err == nil {
			found = append(found, n)
		}
	}
	return found
}
