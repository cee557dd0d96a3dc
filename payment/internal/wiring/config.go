package wiring

import (
	"fmt"
	"time"

	"orders.internal/shared-kernel/config"
)

const defaultPort = 8002

// Config is what the service reads from its environment.
type Config struct {
	config.Common
	PaymentSuccessRate    float64       `env:"PAYMENT_SUCCESS_RATE" envDefault:"0.8"` // chance that one attempt to charge succeeds
	PaymentGatewayLatency time.Duration `env:"PAYMENT_GATEWAY_LATENCY" envDefault:"50ms"`
	PaymentConcurrency    int           `env:"PAYMENT_CONCURRENCY" envDefault:"128"` // payments that are settled at the same time
}

// Load reads the configuration; its error names every fault.
func Load(environment []string) (Config, error) {
	c := Config{Common: config.Common{Port: defaultPort}}
	return c, config.Load(&c, environment)
}

const maxConcurrency = 1000

// Faults implements config.Settings.
func (c Config) Faults() []string {
	faults := c.Common.Faults()
	if !(c.PaymentSuccessRate >= 0 && c.PaymentSuccessRate <= 1) { // NaN is neither
		faults = append(faults, fmt.Sprintf("PAYMENT_SUCCESS_RATE: must be from 0 to 1, not %v", c.PaymentSuccessRate))
	}
	if c.PaymentGatewayLatency < 0 {
		faults = append(faults, fmt.Sprintf("PAYMENT_GATEWAY_LATENCY: must not be negative, but is %s", c.PaymentGatewayLatency))
	}
	if c.PaymentConcurrency < 1 || c.PaymentConcurrency > maxConcurrency {
		faults = append(faults, fmt.Sprintf("PAYMENT_CONCURRENCY: must be 1 to %d, not %d", maxConcurrency, c.PaymentConcurrency))
	}
	return faults
}

// patience is how long one call to the gateway may take.
func (c Config) patience() time.Duration { return time.Second + c.PaymentGatewayLatency }

// lease covers the longest that settling one payment takes: three attempts to
// charge, a cancel and a refund that all take their whole time, the pauses
// between attempts, and the transactions that record the answers.
func (c Config) lease() time.Duration { return 5*c.patience() + 5*time.Second }
