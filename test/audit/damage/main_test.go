// Package damage damages a running system by SQL, and looks whether the audit
// finds it and the repair puts it right. It has a stack of its own.
package damage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/stack"
)

// enabled is the variable that has to be 1 for these tests to run: they start
// servers, which a quick `go test` should not.
const enabled = "TEST_E2E"

// system is what is damaged.
var system *stack.Stack

func TestMain(m *testing.M) {
	if os.Getenv(enabled) != "1" {
		fmt.Printf("not run: the tests of the audit start servers; set %s=1, or use ./task test\n", enabled)
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	// No order may time out: what was lost would be given up before it is found. No
	// order that has ended is kept in memory: a deleted one would still be shown.
	system, err = stack.StartTemporary(ctx, "SAGA_TIMEOUT=1h", "ORDER_CACHE_SIZE=0", "PAYMENT_SUCCESS_RATE=1", "PAYMENT_GATEWAY_LATENCY=5ms", "LOG_LEVEL=INFO")
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
	if code == 0 {
		if err := noLetters(); err != nil {
			fmt.Fprintln(os.Stderr, "the tests passed, but:", err)
			code = 1
		}
	}
	if code != 0 {
		if err := system.WriteLogs(os.Stderr, 60); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return code
}

// noLetters checks that nothing which was published again went to a dead queue:
// every consumer could do with it.
func noLetters() error {
	conn, err := amqp.Dial(system.AMQPURL())
	if err != nil {
		return err
	}
	defer conn.Close()
	channel, err := conn.Channel()
	if err != nil {
		return err
	}
	queues := []string{"events.unroutable"}
	for _, service := range contracts.Services {
		queues = append(queues, service+".dead")
	}
	var faults []error
	for _, queue := range queues {
		letter, there, err := channel.Get(queue, true)
		if err == nil && there {
			err = fmt.Errorf("%s has a letter: %v %s", queue, letter.Headers, letter.Body)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}
