package damage

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
)

const exchange = "events" // of the wire contract

// lose has the events of a type go nowhere, as if their rows had been deleted from
// the outbox before they were published, until the function that it returns is
// called.
func lose(t *testing.T, eventType string) (stop func()) {
	t.Helper()
	route, known := contracts.RouteOf(eventType)
	if !known {
		t.Fatalf("there is no event %s", eventType)
	}
	awaitConnections(t)
	conn, err := amqp.Dial(system.AMQPURL())
	if err != nil {
		t.Fatal(err)
	}
	channel, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	// Without any binding they would be kept as unroutable.
	nowhere, err := channel.QueueDeclare("", false, true, true, false, nil)
	must(t, err)
	must(t, channel.QueueBind(nowhere.Name, route.Key, exchange, false, nil))
	for _, service := range route.Consumers {
		must(t, channel.QueueUnbind(service+".events", route.Key, exchange, nil))
	}
	stop = sync.OnceFunc(func() {
		for _, service := range route.Consumers {
			must(t, channel.QueueBind(service+".events", route.Key, exchange, false, nil))
		}
		must(t, conn.Close()) // which deletes the queue
	})
	t.Cleanup(stop)
	return stop
}

// awaitConnections waits until every service has its connections: each new one
// declares all bindings again.
func awaitConnections(t *testing.T) {
	t.Helper()
	for _, service := range contracts.Services {
		eventually(t, func() error {
			answer, err := send(http.MethodGet, system.URL(service)+"/readyz", "")
			if err == nil && !strings.Contains(answer, `"status":"ready"`) {
				err = fmt.Errorf("%s: %s", service, answer)
			}
			return err
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
