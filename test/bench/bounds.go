package bench

import (
	"context"
	"fmt"
	"slices"

	"orders.internal/test/stack"
)

// Limits are what the servers alone allow for, on this machine and with the same
// durability: the work that an order is for PostgreSQL, and the one that it is for
// RabbitMQ, each by itself and done as plainly as possible.
type Limits struct {
	Rows     []RowLimit   `json:"rows"`
	Messages MessageLimit `json:"messages"`
}

// RowLimit is how fast the rows of orders are written.
type RowLimit struct {
	Batch int     `json:"orders_per_transaction"`
	PerS  float64 `json:"orders_per_s"`
	CPU   float64 `json:"postgresql_cpu_s_per_1000,omitempty"`
}

// MessageLimit is how fast the messages of orders are published and consumed.
type MessageLimit struct {
	PerS      float64 `json:"orders_per_s"`
	Published float64 `json:"published_per_s"`
	Delivered float64 `json:"delivered_per_s"`
	CPU       float64 `json:"broker_cpu_s_per_1000,omitempty"`
}

// rows is the fastest of the batch sizes.
func (l Limits) rows() RowLimit {
	return slices.MaxFunc(l.Rows, func(a, b RowLimit) int { return int(a.PerS - b.PerS) })
}

// both is the limit of a system that has to do both on the same CPUs.
func (l Limits) both() float64 { return 1 / (1/l.rows().PerS + 1/l.Messages.PerS) }

// rowBatches are the orders of one transaction.
var rowBatches = []int{64, 256}

// bounds measures the limits, on the servers as they are. The services are
// stopped for it.
func (b *bench) bounds(ctx context.Context) error {
	done := b.progress.Step("stopping the services")
	for _, name := range stack.Services {
		if err := b.system.services[name].Stop(ctx); err != nil {
			done("")
			return err
		}
	}
	done("stopped")
	limits := Limits{}
	for _, batch := range rowBatches {
		done := b.progress.Step(fmt.Sprintf("limit: the rows of orders, %d orders to a transaction, for %v", batch, b.plan.Bound))
		limit, err := b.rowLimit(ctx, batch)
		if err != nil {
			done("")
			return err
		}
		done(fmt.Sprintf("%.0f orders/s", limit.PerS))
		limits.Rows = append(limits.Rows, limit)
	}
	done = b.progress.Step(fmt.Sprintf("limit: the messages of orders for %v", b.plan.Bound))
	var err error
	if limits.Messages, err = b.messageLimit(ctx); err != nil {
		done("")
		return err
	}
	done(fmt.Sprintf("%.0f orders/s, %.0f messages published and %.0f delivered a second",
		limits.Messages.PerS, limits.Messages.Published, limits.Messages.Delivered))
	b.report.Limits = &limits
	return nil
}

// cost is the CPU time in seconds that a class used for 1,000 of n orders, 0
// where nobody tells.
func (b *bench) cost(class string, before CPU, n int) (float64, error) {
	after, err := b.system.readCPU()
	if err != nil || after == nil {
		return 0, err
	}
	return after.minus(before).per1000(n)[class], nil
}
