// Package rabbittest gives tests a broker of their own: a virtual host for each
// test on a real RabbitMQ, and ways to break the connection to it.
//
// TEST_AMQP_URL names the broker, with a user who may administer it, and
// TEST_RABBITMQCTL the command that runs rabbitmqctl against it. Without the
// first the test is skipped.
package rabbittest

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// New returns the URL of a fresh virtual host, which is deleted when the test
// ends, or a little later in a package that uses Run.
func New(t testing.TB) string {
	t.Helper()
	broker := os.Getenv("TEST_AMQP_URL")
	if broker == "" {
		t.Skip("TEST_AMQP_URL names no RabbitMQ; ./task test starts one")
	}
	address, err := url.Parse(broker)
	if err != nil {
		t.Fatal("TEST_AMQP_URL is not a URL")
	}
	vhost, err := hosts.take(address.User.Username())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hosts.giveBack(vhost); err != nil {
			t.Error(err)
		}
	})
	address.Path = "/" + vhost
	return address.String()
}

// Permit lets the user of a virtual host that New made read only what the
// regular expression matches.
func Permit(t testing.TB, amqpURL, read string) {
	t.Helper()
	address, err := url.Parse(amqpURL)
	if err != nil {
		t.Fatal(err)
	}
	Ctl(t, "set_permissions", "--vhost", strings.TrimPrefix(address.Path, "/"), address.User.Username(), ".*", ".*", read)
}

// Ctl runs rabbitmqctl and returns what it prints.
func Ctl(t testing.TB, args ...string) string {
	t.Helper()
	output, err := ctl(nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return output
}

func ctl(input []byte, args ...string) (string, error) {
	rabbitmqctl := os.Getenv("TEST_RABBITMQCTL")
	if rabbitmqctl == "" {
		return "", errors.New("TEST_RABBITMQCTL has to name the command that runs rabbitmqctl")
	}
	// Through a shell, because the command may set variables and have arguments.
	command := exec.Command("sh", append([]string{"-c", rabbitmqctl + ` "$@"`, "rabbitmqctl"}, args...)...)
	command.Stdin = bytes.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("rabbitmqctl %s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return string(output), nil
}

// MemoryAlarm has the broker block everyone who publishes, on all virtual
// hosts, until the returned function is called or the test ends. Should the
// test die before that, the broker ends the alarm by itself after a minute.
func MemoryAlarm(t testing.TB) (clear func()) {
	t.Helper()
	clear = func() {
		Ctl(t, "eval", `timer:cancel(persistent_term:get(test_alarm)), rabbit_alarm:clear_alarm({resource_limit, memory, node()}).`)
	}
	t.Cleanup(clear)
	Ctl(t, "eval", `Memory = {resource_limit, memory, node()},
		{ok, End} = timer:apply_after(60000, rabbit_alarm, clear_alarm, [Memory]),
		persistent_term:put(test_alarm, End),
		rabbit_alarm:set_alarm({Memory, []}).`)
	return clear
}
