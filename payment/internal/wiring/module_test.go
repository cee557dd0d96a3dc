package wiring

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
)

func TestModuleIsComplete(t *testing.T) {
	c, err := Load([]string{"DATABASE_URL=postgres://db/payments", "AMQP_URL=amqp://broker"})
	if err != nil {
		t.Fatal(err)
	}
	if err := fx.ValidateApp(Module(c)); err != nil {
		t.Fatal(err)
	}
}

func TestEveryFaultOfTheConfigurationIsNamed(t *testing.T) {
	for _, environment := range [][]string{
		{"PAYMENT_SUCCESS_RATE=often", "PAYMENT_GATEWAY_LATENCY=50", "PAYMENT_CONCURRENCY=many"},
		{"DATABASE_URL=postgres://db/payments", "AMQP_URL=amqp://broker",
			"PAYMENT_SUCCESS_RATE=1.1", "PAYMENT_GATEWAY_LATENCY=-1s", "PAYMENT_CONCURRENCY=0"},
		{"DATABASE_URL=postgres://db/payments", "AMQP_URL=amqp://broker",
			"PAYMENT_SUCCESS_RATE=NaN", "PAYMENT_GATEWAY_LATENCY=-1s", "PAYMENT_CONCURRENCY=1001"},
	} {
		_, err := Load(environment)
		if err == nil {
			t.Fatalf("%v: no error", environment)
		}
		for _, name := range []string{"PAYMENT_SUCCESS_RATE", "PAYMENT_GATEWAY_LATENCY", "PAYMENT_CONCURRENCY"} {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("%s is not named in: %v", name, err)
			}
		}
	}
}

func TestLeaseOutlastsEveryCall(t *testing.T) {
	for _, latency := range []time.Duration{0, 50 * time.Millisecond, 10 * time.Second} {
		c := Config{PaymentGatewayLatency: latency}
		if calls := 5 * c.patience(); c.patience() <= latency || c.lease() <= calls {
			t.Errorf("latency %v: calls may take %v of a lease of %v", latency, calls, c.lease())
		}
	}
}
