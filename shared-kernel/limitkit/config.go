package limitkit

import (
	"fmt"
	"math"
)

// Config says how often one caller may write. The zero value is no limit.
type Config struct {
	RateLimitWrites float64 `env:"RATE_LIMIT_WRITES" envDefault:"0"` // per second; 0: no limit
	RateLimitBurst  int     `env:"RATE_LIMIT_BURST" envDefault:"0"`  // at once; 0: what a second allows
}

// mostWrites keeps the arithmetic of buckets far from its ends.
const mostWrites = 1_000_000

// Faults returns what is wrong with the values, one text for each variable.
func (c Config) Faults() []string {
	var faults []string
	if !(c.RateLimitWrites >= 0 && c.RateLimitWrites <= mostWrites) { // NaN is neither
		faults = append(faults, fmt.Sprintf("RATE_LIMIT_WRITES: must be from 0 to %d, not %v", mostWrites, c.RateLimitWrites))
	}
	if c.RateLimitBurst < 0 || c.RateLimitBurst > mostWrites {
		faults = append(faults, fmt.Sprintf("RATE_LIMIT_BURST: must be from 0 to %d, not %d", mostWrites, c.RateLimitBurst))
	}
	return faults
}

func (c Config) burst() int {
	if c.RateLimitBurst > 0 {
		return c.RateLimitBurst
	}
	return int(math.Ceil(c.RateLimitWrites))
}
