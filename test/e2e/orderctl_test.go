package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/stack"
)

// buildOrderctl returns a function that runs the command line against the system
// and returns its exit code and what it prints.
func buildOrderctl(t *testing.T) func(args ...string) (code int, stdout, stderr string) {
	t.Helper()
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "orderctl")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "./test/cmd/orderctl")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	environment := append(os.Environ(), "ORDERCTL_OPERATOR=the test")
	for _, service := range contracts.Services {
		environment = append(environment, strings.ToUpper(service)+"_URL="+system.URL(service))
	}
	return func(args ...string) (int, string, string) {
		t.Helper()
		var stdout, stderr strings.Builder
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Env, cmd.Stdout, cmd.Stderr = environment, &stdout, &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	run := buildOrderctl(t)
	// do runs a command, expects its exit code and these parts in what it prints,
	// and returns that.
	do := func(code int, parts []string, args ...string) string {
		t.Helper()
		got, stdout, stderr := run(args...)
		for _, part := range parts {
			if !strings.Contains(stdout+stderr, part) {
				t.Errorf("orderctl %v: %q is not in it", args, part)
			}
		}
		if got != code {
			t.Errorf("exit code %d, want %d", got, code)
		}
		if t.Failed() {
			t.Fatalf("orderctl %v:\n%s%s", args, stdout, stderr)
		}
		return stdout
	}

	p, customer := "product-"+newID(), "customer-"+newID()
	stocked.Store(p, 5)
	do(0, []string{"PRODUCT", p + "  5 "}, "stock", "set", p, "5")
	placed := do(0, []string{"COMPLETED", customer, p + "=2"}, "place", p+"=2", "--customer", customer, "--total", "99.90", "--wait=90s")
	id := strings.Fields(strings.Split(placed, "\n")[1])[0]
	waitFor(t, id, sold)
	do(0, []string{id, "99.90", "COMPLETED"}, "get", id)
	do(0, []string{id}, "list", "--customer", customer, "--status", "completed")
	do(0, []string{"COMPLETED"}, "watch", id)
	do(1, []string{"409 Conflict"}, "cancel", id)
	do(0, []string{p + "  3          0         2 "}, "stock", "get", p)
	do(0, []string{p}, "stock", "list")

	var order order
	if err := json.Unmarshal([]byte(do(0, nil, "get", id, "--json")), &order); err != nil || order.ID != id {
		t.Errorf("%+v, %v", order, err)
	}
	short := do(1, []string{"CANCELLED (INVENTORY_UNAVAILABLE)"}, "place", p+"=4", "--customer", customer, "--total", "1", "--wait=90s")
	waitShort := strings.Fields(strings.Split(short, "\n")[1])[0]
	do(1, []string{"422", "items[0].quantity"}, "place", p+"=0", "--customer", customer, "--total", "1")
	do(2, []string{"unknown command"}, "eat")
	do(3, []string{"connection refused"}, "get", id, "--order-url", "http://127.0.0.1:1")
	do(0, []string{waitShort}, "list", "--customer", customer, "--json")

	b, message := dialBroker(t), newID()
	b.publish("", "notification.events", amqp.Publishing{MessageId: message, CorrelationId: message, Body: []byte("no JSON")})
	letter := waitDead(t, notifications, message, 1)[0]
	do(0, []string{letter.ID, "malformed"}, "dead", "list", "--service", "notification", "--limit", "0")
	do(0, []string{"notification", "malformed"}, "dead", "summary")
	do(0, []string{"no JSON", message, "notification"}, "dead", "show", letter.ID)
	do(0, []string{"done", "the test"}, "dead", "discard", letter.ID)
	do(1, []string{"no dead letter"}, "dead", "replay", letter.ID)
	do(0, []string{letter.ID, "discard", "the test"}, "dead", "actions", "--order", message)
}
