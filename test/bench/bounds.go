package bench

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Limits are what the servers alone allow for, on this machine and with the same
// durability: the work that an order is for PostgreSQL, and the one that it is for
// RabbitMQ, each by itself and done as plainly as possible. The system is measured by
// turns with them, because machines are faster at some times than at others.
type Limits struct {
	System   SystemTurns  `json:"system"`
	Rows     []RowLimit   `json:"rows"`
	Messages MessageLimit `json:"messages"`
}

// SystemTurns is how fast the system is in its turns.
type SystemTurns struct {
	PerS float64 `json:"orders_per_s"`
	CPU  CPU     `json:"cpu_s_per_1000,omitempty"`
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

// LimitTurn is one turn of the system and of all limits.
type LimitTurn struct {
	Limits
	Phase Phase `json:"phase"` // the system's
}

// rows is the fastest of the batch sizes.
func (l Limits) rows() RowLimit {
	return slices.MaxFunc(l.Rows, func(a, b RowLimit) int { return int(a.PerS - b.PerS) })
}

// both is the limit of a system that has to do both on the same CPUs.
func (l Limits) both() float64 { return 1 / (1/l.rows().PerS + 1/l.Messages.PerS) }

// rowBatches are the orders of one transaction.
var rowBatches = []int{64, 256}

// bounds measures the limits, beside services that only look for work now and then.
func (b *bench) bounds(ctx context.Context) error {
	if err := b.onChannel(declareTwins); err != nil {
		return err
	}
	for n := range b.plan.Turns {
		var turn LimitTurn
		if err := b.turn(ctx, n, &turn); err != nil {
			return err
		}
		b.report.LimitTurns = append(b.report.LimitTurns, turn)
	}
	limits := meanLimits(b.report.LimitTurns)
	b.report.Limits = &limits
	return b.onChannel(deleteTwins)
}

// turn measures the system and all limits once, every other time the other way round.
func (b *bench) turn(ctx context.Context, n int, t *LimitTurn) error {
	which := fmt.Sprintf("limits, turn %d of %d", n+1, b.plan.Turns)
	t.Rows = make([]RowLimit, len(rowBatches))
	steps := []func() error{func() error { return b.systemTurn(ctx, which, fmt.Sprintf("%s-%d", Bounds, n+1), t) }}
	for i, batch := range rowBatches {
		steps = append(steps, func() error { return b.rowTurn(ctx, which, batch, &t.Rows[i]) })
	}
	steps = append(steps, func() error { return b.messageTurn(ctx, which, &t.Messages) })
	if n%2 == 1 {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// systemTurn takes twice as long as a limit, since it begins and ends with half-filled queues.
func (b *bench) systemTurn(ctx context.Context, which, name string, t *LimitTurn) error {
	long := 2 * b.plan.Bound
	p, err := b.run(ctx, fmt.Sprintf("%s: the system for %v", which, long), Phase{Name: name}, ordinary, b.plan.Clients, b.closedFor(long))
	if err != nil {
		return err
	}
	b.report.Problems = append(b.report.Problems, p.Faults...)
	t.System, t.Phase = SystemTurns{PerS: p.PerS, CPU: p.CPUPer1000()}, p
	return nil
}

func (b *bench) rowTurn(ctx context.Context, which string, batch int, l *RowLimit) (err error) {
	done := b.progress.Step(fmt.Sprintf("%s: the rows of orders, %d orders to a transaction, for %v", which, batch, b.plan.Bound))
	if *l, err = b.rowLimit(ctx, batch); err != nil {
		done("")
		return err
	}
	done(fmt.Sprintf("%.0f orders/s", l.PerS))
	return nil
}

func (b *bench) messageTurn(ctx context.Context, which string, l *MessageLimit) (err error) {
	done := b.progress.Step(fmt.Sprintf("%s: the messages of orders for %v", which, b.plan.Bound))
	if *l, err = b.messageLimit(ctx); err != nil {
		done("")
		return err
	}
	done(fmt.Sprintf("%.0f orders/s, %.0f messages published and %.0f delivered a second",
		l.PerS, l.Published, l.Delivered))
	return nil
}

// meanLimits has the means of what was measured in turns.
func meanLimits(turns []LimitTurn) Limits {
	mean := func(of func(Limits) float64) float64 {
		sum := 0.0
		for _, t := range turns {
			sum += of(t.Limits)
		}
		return sum / float64(len(turns))
	}
	all := Limits{
		System: SystemTurns{PerS: mean(func(l Limits) float64 { return l.System.PerS }), CPU: maps.Clone(turns[0].System.CPU)},
		Messages: MessageLimit{
			PerS:      mean(func(l Limits) float64 { return l.Messages.PerS }),
			Published: mean(func(l Limits) float64 { return l.Messages.Published }),
			Delivered: mean(func(l Limits) float64 { return l.Messages.Delivered }),
			CPU:       mean(func(l Limits) float64 { return l.Messages.CPU }),
		},
	}
	for class := range all.System.CPU {
		all.System.CPU[class] = mean(func(l Limits) float64 { return l.System.CPU[class] })
	}
	for i, batch := range rowBatches {
		all.Rows = append(all.Rows, RowLimit{
			Batch: batch,
			PerS:  mean(func(l Limits) float64 { return l.Rows[i].PerS }),
			CPU:   mean(func(l Limits) float64 { return l.Rows[i].CPU }),
		})
	}
	return all
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
