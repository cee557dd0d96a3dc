package wiring

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"orders.internal/shared-kernel/config"
	"orders.internal/shared-kernel/contracts"
)

const defaultPort = 8000

// Config is what the service reads from its environment.
type Config struct {
	config.Common
	OutboxMaxBacklog int64         `env:"OUTBOX_MAX_BACKLOG" envDefault:"1000000"` // rows; past it POST answers 503
	SagaTimeout      time.Duration `env:"SAGA_TIMEOUT" envDefault:"60s"`           // how long an order may be pending
	OrderWaitMax     time.Duration `env:"ORDER_WAIT_MAX" envDefault:"5s"`          // of the saga; past it orders are taken as others end; 0: no limit
	StreamsMax       int           `env:"STREAMS_MAX" envDefault:"1000"`           // open at a time, of one customer a tenth; past it streams answer 503
	WaitsMax         int           `env:"WAITS_MAX" envDefault:"3000"`             // requests at a time, of one customer a tenth; past it they are answered without waiting
	OrderCacheSize   int           `env:"ORDER_CACHE_SIZE" envDefault:"10000"`     // orders kept in memory, of a KiB each; 0: none

	// Where the console finds the other services. It doesn't show those without one.
	InventoryURL    string `env:"INVENTORY_URL"`
	PaymentURL      string `env:"PAYMENT_URL"`
	NotificationURL string `env:"NOTIFICATION_URL"`
}

// Load reads the configuration; its error names every fault.
func Load(environment []string) (Config, error) {
	c := Config{Common: config.Common{Port: defaultPort}}
	return c, config.Load(&c, environment)
}

// Faults implements config.Settings.
func (c Config) Faults() []string {
	faults := c.Common.Faults()
	if c.OutboxMaxBacklog < 1 {
		faults = append(faults, fmt.Sprintf("OUTBOX_MAX_BACKLOG: must be at least 1, not %d", c.OutboxMaxBacklog))
	}
	if c.SagaTimeout <= 0 {
		faults = append(faults, fmt.Sprintf("SAGA_TIMEOUT: must be more than 0, not %s", c.SagaTimeout))
	}
	if c.OrderWaitMax < 0 {
		faults = append(faults, fmt.Sprintf("ORDER_WAIT_MAX: must not be negative, but is %s", c.OrderWaitMax))
	}
	if c.StreamsMax < 1 {
		faults = append(faults, fmt.Sprintf("STREAMS_MAX: must be at least 1, not %d", c.StreamsMax))
	}
	if c.WaitsMax < 1 {
		faults = append(faults, fmt.Sprintf("WAITS_MAX: must be at least 1, not %d", c.WaitsMax))
	}
	if c.isFilledByFollowers() {
		faults = append(faults, fmt.Sprintf("CONNECTIONS_MAX: must be more than STREAMS_MAX (%d) and WAITS_MAX (%d) together, not %d", c.StreamsMax, c.WaitsMax, c.ConnectionsMax))
	}
	if c.OrderCacheSize < 0 {
		faults = append(faults, fmt.Sprintf("ORDER_CACHE_SIZE: must be at least 0, not %d", c.OrderCacheSize))
	}
	for _, service := range contracts.Services {
		if address := c.neighbours()[service]; address != "" && !isBase(address) {
			faults = append(faults, strings.ToUpper(service)+"_URL: must be an http or https URL without user, query and fragment")
		}
	}
	return faults
}

// isFilledByFollowers tells whether nobody else gets in once as many follow orders as
// may: each holds a connection. A number that is a fault by itself is not looked at.
func (c Config) isFilledByFollowers() bool {
	return min(c.StreamsMax, c.WaitsMax, c.ConnectionsMax) >= 1 && c.ConnectionsMax-c.StreamsMax <= c.WaitsMax
}

// neighbours are the addresses of the other services, by name; "" where none is
// given.
func (c Config) neighbours() map[string]string {
	return map[string]string{
		contracts.ServiceInventory: c.InventoryURL, contracts.ServicePayment: c.PaymentURL, contracts.ServiceNotification: c.NotificationURL,
	}
}

// isBase tells whether paths can be put behind the address. There is no user in
// it: callers bring their own token.
func isBase(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}
