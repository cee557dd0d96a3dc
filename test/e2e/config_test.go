package e2e

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"orders.internal/shared-kernel/contracts"
)

func TestBadConfigurationIsNamedWhole(t *testing.T) {
	t.Parallel()
	bad := []string{"AMQP_URL=ftp://broker", "PORT=http", "LOG_LEVEL=loud"} // and no DATABASE_URL
	more := map[string][]string{
		orders:   {"OUTBOX_MAX_BACKLOG=0", "BATCH_MAX=0", "PUBLISH_MAX=0", "ORDER_WAIT_MAX=-1s", "STREAMS_MAX=0", "WAITS_MAX=0", "CONNECTIONS_MAX=0", "ORDER_CACHE_SIZE=-1", "PAYMENT_URL=payment:8002"},
		payments: {"PAYMENT_SUCCESS_RATE=1.5", "PAYMENT_GATEWAY_LATENCY=soon"},
	}
	for _, service := range contracts.Services {
		t.Run(service, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), system.Service(service).Path())
			cmd.Env = append(bad[:len(bad):len(bad)], more[service]...)
			output, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("ended with %v, want the exit code 2", err)
			}
			for _, variable := range append(cmd.Env, "DATABASE_URL=") {
				name, _, _ := strings.Cut(variable, "=")
				if strings.Count(string(output), name) != 1 {
					t.Errorf("%s is not named once in: %s", name, output)
				}
			}
		})
	}
}
