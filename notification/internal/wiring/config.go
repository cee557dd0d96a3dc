package wiring

import "orders.internal/shared-kernel/config"

const defaultPort = 8003

// Config is what the service reads from its environment.
type Config struct {
	config.Common
}

// Load reads the configuration; its error names every fault.
func Load(environment []string) (Config, error) {
	c := Config{Common: config.Common{Port: defaultPort}}
	return c, config.Load(&c, environment)
}
