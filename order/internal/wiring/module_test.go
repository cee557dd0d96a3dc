package wiring

import (
	"strings"
	"testing"

	"go.uber.org/fx"
)

func TestModuleIsComplete(t *testing.T) {
	c, err := Load([]string{"DATABASE_URL=postgres://db/orders", "AMQP_URL=amqp://broker"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c.OrderCacheSize = range []int{c.OrderCacheSize, 0} {
		if err := fx.ValidateApp(Module(c)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryFaultOfTheConfigurationIsNamed(t *testing.T) {
	_, err := Load([]string{"AMQP_URL=ftp://broker", "PORT=http", "LOG_LEVEL=loud", "OUTBOX_MAX_BACKLOG=many", "SAGA_TIMEOUT=soon", "STREAMS_MAX=0", "WAITS_MAX=0", "CONNECTIONS_MAX=0", "ORDER_CACHE_SIZE=-1", "INVENTORY_URL=inventory:8001", "PAYMENT_URL=http://me:secret@payment"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"DATABASE_URL", "PORT", "LOG_LEVEL", "OUTBOX_MAX_BACKLOG", "SAGA_TIMEOUT", "STREAMS_MAX", "WAITS_MAX", "CONNECTIONS_MAX", "ORDER_CACHE_SIZE", "INVENTORY_URL", "PAYMENT_URL"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}

// Each who follows orders holds a connection.
func TestConnectionsHaveToBeMoreThanThoseWhoFollow(t *testing.T) {
	for connections, fault := range map[string]bool{"2": true, "3": true, "4": false} {
		_, err := Load([]string{"DATABASE_URL=postgres://db/orders", "AMQP_URL=amqp://broker", "STREAMS_MAX=1", "WAITS_MAX=2", "CONNECTIONS_MAX=" + connections})
		if fault != (err != nil && strings.Contains(err.Error(), "- CONNECTIONS_MAX: ")) || !fault && err != nil {
			t.Errorf("%s: %v", connections, err)
		}
	}
}
