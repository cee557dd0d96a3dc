package servers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/test/stack/process"
)

const superuser = "postgres"

// Postgres is a PostgreSQL server with its data in a folder of its own.
type Postgres struct {
	Bin      string // folder of its programs
	Dir      string // its data is in Dir/data
	Port     int
	Password string // of the superuser and of the services' users
	Scratch  bool   // nobody needs the data when the machine loses its power
}

// DataVersion returns the major version that made the data in dir, "" when
// there is none yet.
func DataVersion(dir string) (string, error) {
	version, err := os.ReadFile(filepath.Join(dir, "data", "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(version)), err
}

// Init makes the data folder when there is none. It is made beside its place
// and moved there when complete, so a killed Init leaves nothing half-made.
func (p Postgres) Init(ctx context.Context) error {
	version, err := DataVersion(p.Dir)
	if err != nil || version != "" {
		return err
	}
	user, err := process.Unprivileged(filepath.Join(p.Dir, "data"))
	if err != nil {
		return err
	}
	draft, passwords := filepath.Join(p.Dir, "draft"), filepath.Join(p.Dir, "password")
	if err := os.RemoveAll(draft); err != nil {
		return err
	}
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(passwords, []byte(p.Password), 0o600); err != nil {
		return err
	}
	defer os.Remove(passwords)
	if user != nil {
		if err := errors.Join(os.Chown(p.Dir, user.UID, user.GID), os.Chown(passwords, user.UID, user.GID)); err != nil {
			return err
		}
	}
	cmd := user.Command(ctx, filepath.Join(p.Bin, "initdb"), "--pgdata", draft, "--username", superuser,
		"--pwfile", passwords, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C")
	cmd.Dir, cmd.Env = "/", environment() // its user may not be let into the caller's folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initialise PostgreSQL in %s: %w\n%s", p.Dir, err, out)
	}
	return os.Rename(draft, filepath.Join(p.Dir, "data"))
}

// Unlock removes the lock file of a run that was killed, when its pid has been
// given to another program since: PostgreSQL would take that one for itself.
func (p Postgres) Unlock(killed process.Identity) error {
	file := filepath.Join(p.Dir, "data", "postmaster.pid")
	lock, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	pid, _, _ := strings.Cut(string(lock), "\n")
	now, err := process.Identify(killed.PID)
	if pid != strconv.Itoa(killed.PID) || err != nil || now == killed {
		return nil // no other program has the pid
	}
	return os.Remove(file)
}

// Spec starts the server on loopback. It loses nothing in a crash: fsync and
// synchronous_commit keep their defaults, unless it is for scratch data. Tests that
// make a database each wait for the disk most of the time otherwise.
func (p Postgres) Spec() (process.Spec, error) {
	data := filepath.Join(p.Dir, "data")
	user, err := process.Unprivileged(data)
	if err != nil {
		return process.Spec{}, err
	}
	args := []string{"-D", data, "-p", strconv.Itoa(p.Port),
		"-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", // a path below the repository may be too long for one
		"-c", "max_connections=400",
		"-c", "shared_buffers=512MB", // 128 MB for each of the four databases, which is what servers of their own have
		"-c", "min_wal_size=1GB", // segments of the WAL are recycled: new ones are filled with zeros first
		"-c", "cluster_name=local-stack"}
	if p.Scratch {
		args = append(args, "-c", "fsync=off")
	}
	return process.Spec{
		Path: filepath.Join(p.Bin, "postgres"),
		Args: args,
		Env:  environment(),
		Dir:  "/", // its user may not be let into the caller's folder
		User: user,
	}, nil
}

// Ready returns nil when the server answers a query.
func (p Postgres) Ready(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, p.AdminURL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return conn.Ping(ctx)
}

// AdminURL is the superuser's connection URL.
func (p Postgres) AdminURL() string { return p.url(superuser, "postgres") }

// URL is the connection URL of the service name, for its own database.
func (p Postgres) URL(name string) string { return p.url(name+"_service", name+"_db") }

func (p Postgres) url(user, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(user, p.Password),
		Host:     "127.0.0.1:" + strconv.Itoa(p.Port),
		Path:     database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

var versionDigits = regexp.MustCompile(`\d+`)

// postgresVersion returns the major version of the programs in a folder.
func postgresVersion(folder string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(folder, "postgres"), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", folder, err)
	}
	return versionDigits.FindString(string(out)), nil
}

// environment for a server: messages in English, nothing of the caller's
// PGHOST, RABBITMQ_NODENAME and the like.
func environment(more ...string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}, more...)
}
