// Package e2e tests the running system from outside, over HTTP and the broker:
// four real services, a real PostgreSQL and a real RabbitMQ, started once for
// all tests. Each test works with products and orders of its own.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"testing"

	"orders.internal/test/stack"
)

// enabled is the variable that has to be 1 for these tests to run: they start
// servers, which a quick `go test` should not.
const enabled = "TEST_E2E"

// system is what is tested.
var system *stack.Stack

func TestMain(m *testing.M) {
	if os.Getenv(enabled) != "1" {
		fmt.Printf("not run: the end-to-end tests start servers; set %s=1, or use ./task test\n", enabled)
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	system, err = stack.StartTemporary(ctx,
		"PAYMENT_SUCCESS_RATE=1", // without a payment_method it would be a matter of luck
		"PAYMENT_GATEWAY_LATENCY=5ms",
		"SAGA_TIMEOUT=1h", // outages don't end sagas here
		"LOG_LEVEL=INFO")
	if err != nil {
		fmt.Fprintln(os.Stderr, "start the system under test:", err)
		return 1
	}
	defer func() {
		if err := system.Close(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintln(os.Stderr, "end the system under test:", err)
			code = max(code, 1)
		}
	}()
	code = m.Run()
	closeBrowser()
	if code == 0 {
		if err := audit(); err != nil {
			fmt.Fprintln(os.Stderr, "the tests passed, but left behind what must not be:", err)
			code = 1
		}
	}
	if code != 0 {
		fmt.Fprintln(os.Stderr, "the last log lines of the services:")
		err := errors.Join(system.WriteLogs(os.Stderr, 60), ctx.Err())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return code
}
