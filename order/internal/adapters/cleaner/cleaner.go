// Package cleaner deletes, again and again, what has served its time.
package cleaner

import (
	"context"
	"log/slog"
	"time"

	"orders.internal/order/internal/application"
)

// every is how long what could go may stay. It bounds a clean, too, which a database that never
// answers would make the last one.
const every = time.Minute

// Cleaner forgets old idempotency keys.
type Cleaner struct {
	forget *application.ForgetKeys
	log    *slog.Logger
}

// New returns a cleaner that does nothing until it is run.
func New(forget *application.ForgetKeys, log *slog.Logger) *Cleaner {
	return &Cleaner{forget: forget, log: log}
}

// Run cleans at once and then every minute, until ctx ends. What fails is left for
// the next time.
func (c *Cleaner) Run(ctx context.Context) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		c.clean(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

func (c *Cleaner) clean(running context.Context) {
	ctx, cancel := context.WithTimeout(running, every)
	defer cancel()
	forgotten, err := c.forget.Do(ctx)
	if err != nil && running.Err() == nil {
		c.log.WarnContext(ctx, "old idempotency keys stay for now", "error", err)
	}
	if forgotten > 0 {
		c.log.DebugContext(ctx, "old idempotency keys deleted", "keys", forgotten)
	}
}
