package bench

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

// Limits are what the servers alone allow for, on this machine and with the same
// durability: the work that an order is for PostgreSQL, and the one that it is for
// RabbitMQ, each by itself and done as plainly as possible. The system is measured by
// turns with them, because machines are faster at some times than at others.
type Limits struct {
	System   SystemTurns  `json:"system"`
	Rows     []RowLimit   `json:"rows"`
	Messages MessageLimit `json:"messages"`
	Both     BothLimit    `json:"both"`
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

// BothLimit is how fast the rows of orders are written and their messages sent at the same
// time, on the same CPUs.
type BothLimit struct {
	PerS float64 `json:"orders_per_s"`
	CPU  CPU     `json:"cpu_s_per_1000,omitempty"`
}

// LimitTurn is one turn of the system and of all limits.
type LimitTurn struct {
	Limits
	Phase Phase `json:"phase"` // the system's
}

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
	steps = append(steps, func() error { return b.messageTurn(ctx, which, &t.Messages) },
		func() error { return b.bothTurn(ctx, which, &t.Both) })
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
	t.System, t.Phase = SystemTurns{PerS: p.steady(), CPU: p.CPUPer1000()}, p
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

func (b *bench) bothTurn(ctx context.Context, which string, l *BothLimit) (err error) {
	done := b.progress.Step(fmt.Sprintf("%s: rows and messages at the same time for %v", which, b.plan.Bound))
	if *l, err = b.bothLimit(ctx); err != nil {
		done("")
		return err
	}
	done(fmt.Sprintf("%.0f orders/s", l.PerS))
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
	// The classes are the same in each turn.
	meanCPU := func(of func(Limits) CPU) CPU {
		all := maps.Clone(of(turns[0].Limits))
		for class := range all {
			all[class] = mean(func(l Limits) float64 { return of(l)[class] })
		}
		return all
	}
	all := Limits{
		System: SystemTurns{
			PerS: mean(func(l Limits) float64 { return l.System.PerS }),
			CPU:  meanCPU(func(l Limits) CPU { return l.System.CPU }),
		},
		Messages: MessageLimit{
			PerS:      mean(func(l Limits) float64 { return l.Messages.PerS }),
			Published: mean(func(l Limits) float64 { return l.Messages.Published }),
			Delivered: mean(func(l Limits) float64 { return l.Messages.Delivered }),
			CPU:       mean(func(l Limits) float64 { return l.Messages.CPU }),
		},
		Both: BothLimit{
			PerS: mean(func(l Limits) float64 { return l.Both.PerS }),
			CPU:  meanCPU(func(l Limits) CPU { return l.Both.CPU }),
		},
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

// timed does what is done for orders, and returns how many seconds it took and the CPU time in
// seconds for 1,000 of them, nil where nobody tells.
func (b *bench) timed(orders *atomic.Int64, work func(begin time.Time) error) (took float64, used CPU, err error) {
	before, err := b.system.readCPU()
	if err != nil {
		return 0, nil, err
	}
	begin := time.Now()
	if err := work(begin); err != nil {
		return 0, nil, err
	}
	took = time.Since(begin).Seconds()
	after, err := b.system.readCPU()
	if err != nil || after == nil {
		return took, nil, err
	}
	return took, after.minus(before).per1000(int(orders.Load())), nil
}
