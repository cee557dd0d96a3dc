package wiring

import (
	"strings"
	"testing"

	"go.uber.org/fx"
)

func TestModuleIsComplete(t *testing.T) {
	c, err := Load([]string{"DATABASE_URL=postgres://db/notifications", "AMQP_URL=amqp://broker"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Port != defaultPort {
		t.Errorf("the port is %d, want %d", c.Port, defaultPort)
	}
	if err := fx.ValidateApp(Module(c)); err != nil {
		t.Fatal(err)
	}
}

func TestEveryFaultOfTheConfigurationIsNamed(t *testing.T) {
	_, err := Load([]string{"AMQP_URL=amqp://broker", "PORT=http", "LOG_LEVEL=loud"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"DATABASE_URL", "PORT", "LOG_LEVEL"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}
