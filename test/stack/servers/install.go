package servers

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"orders.internal/test/stack/console"
)

//go:embed install.sh
var installScript string

// Find returns where the servers' programs are. Those that are missing it
// installs, when it may: as root, or with sudo that asks for no password, on
// a Debian family system. Otherwise its error names the command to type.
func Find(ctx context.Context, needPostgres, needRabbitMQ bool, postgresVersion string, progress *console.Progress) (Installed, error) {
	installed, missing, err := find(needPostgres, needRabbitMQ, postgresVersion)
	if err != nil || len(missing) == 0 {
		return installed, err
	}
	if err := install(ctx, missing, progress); err != nil {
		return Installed{}, err
	}
	installed, missing, err = find(needPostgres, needRabbitMQ, postgresVersion)
	if err == nil && len(missing) > 0 {
		err = fmt.Errorf("installed %s, but can't find the programs", strings.Join(missing, " and "))
	}
	return installed, err
}

// find returns the Debian packages of what is missing.
func find(needPostgres, needRabbitMQ bool, postgresVersion string) (found Installed, missing []string, err error) {
	path := filepath.SplitList(os.Getenv("PATH"))
	if needPostgres {
		found.Postgres, err = findPostgres(path, postgresVersion)
		if errors.Is(err, errMissing) {
			missing, err = append(missing, "postgresql"), nil
		}
		if err != nil {
			return Installed{}, nil, err
		}
	}
	if needRabbitMQ {
		found.RabbitMQ, found.Erlang, err = findRabbitMQ(path)
		if err != nil {
			missing = append(missing, "rabbitmq-server")
		}
	}
	return found, missing, nil
}

func install(ctx context.Context, packages []string, progress *console.Progress) error {
	names := strings.Join(packages, " ")
	if runtime.GOOS == "darwin" {
		return fmt.Errorf("missing on this machine: %s; install with: brew install %s", names, strings.NewReplacer("postgresql", "postgresql@17", "rabbitmq-server", "rabbitmq").Replace(names))
	}
	if !debianFamily() {
		return fmt.Errorf("missing on this machine: the servers that Debian calls %s; install them with this system's package manager, or name servers of your own in AMQP_URL and DATABASE_URL_ORDER, _INVENTORY, _PAYMENT, _NOTIFICATION", names)
	}
	return aptInstall(ctx, packages, progress)
}

// aptInstall installs Debian packages. Its error names the command that does it by
// hand.
func aptInstall(ctx context.Context, packages []string, progress *console.Progress) error {
	names := strings.Join(packages, " ")
	command := []string{"sh", "-c", installScript, "install"}
	if os.Geteuid() != 0 {
		if exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
			return fmt.Errorf("missing on this machine: %s; install with: sudo apt-get install -y --no-install-recommends %s", names, names)
		}
		command = append([]string{"sudo", "-n"}, command...)
	}
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], packages...)...)
	cmd.Stdout, cmd.Stderr = progress, progress
	// The script undoes its changes on a signal; killed it could not.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	done := progress.Step("installing " + names + " with apt-get")
	if err := cmd.Run(); err != nil {
		done("")
		return fmt.Errorf("install %s: %w (see above); by hand: sudo apt-get install -y --no-install-recommends %s", names, err, names)
	}
	done("installed")
	return nil
}

func debianFamily() bool {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return false
	}
	release, err := os.ReadFile("/etc/os-release")
	return err == nil && isDebianFamily(string(release))
}

// isDebianFamily tells by an os-release(5).
func isDebianFamily(release string) bool { return hasID(release, "debian") || hasID(release, "ubuntu") }

// hasID tells whether an os-release is of the system, or of one like it.
func hasID(release, id string) bool {
	for line := range strings.Lines(release) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if key != "ID" && key != "ID_LIKE" {
			continue
		}
		if slices.Contains(strings.Fields(strings.Trim(value, `"'`)), id) {
			return true
		}
	}
	return false
}
