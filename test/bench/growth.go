package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"orders.internal/test/history"
)

// GrowthReport holds a system that has sold for years against an empty one, both
// on this machine and measured by turns: what disturbs one disturbs the other.
type GrowthReport struct {
	OldOrders  int     `json:"old_orders"`  // with all their rows
	MoreOrders int     `json:"more_orders"` // in the orders table alone
	Rows       int64   `json:"rows"`
	Bytes      int64   `json:"bytes"` // of the four databases
	Filled     float64 `json:"filled_s"`
	Closed     []Round `json:"closed_loop"` // throughput
	Half       []Round `json:"half"`        // latency, at half of the median of what the empty system did in Closed
	Idle       []Round `json:"idle"`        // latency, as good as idle
}

// Round is a turn of each.
type Round struct {
	Empty Turn `json:"empty"`
	Old   Turn `json:"old"`
}

// Turn measures one system.
type Turn struct {
	Phase
	Moved Moved `json:"moved"` // by PostgreSQL
}

// growth starts a second system, fills it with old orders and measures both.
func (b *bench) growth(ctx context.Context) (err error) {
	r := &GrowthReport{OldOrders: b.plan.OldOrders, MoreOrders: b.plan.MoreOrders}
	old, err := b.another(ctx)
	if err != nil {
		return fmt.Errorf("the system with old orders: %w", err)
	}
	defer func() { err = errors.Join(err, old.system.close(context.WithoutCancel(ctx))) }()
	if err := old.grow(ctx, r); err != nil {
		return fmt.Errorf("the system with old orders: %w", err)
	}
	b.report.Growth = r
	p := b.plan
	if r.Closed, err = b.byTurns(ctx, old, func(b *bench, name string) (Phase, error) {
		return b.run(ctx, fmt.Sprintf("%s: %d clients for %v", name, p.Clients, p.Growth),
			Phase{Name: name}, ordinary, p.Clients, b.closedFor(p.Growth))
	}); err != nil {
		return err
	}
	half := medianOf(r.Closed, func(r Round) float64 { return r.Empty.PerS }) / 2
	if r.Half, err = b.byTurns(ctx, old, func(b *bench, name string) (Phase, error) {
		return b.run(ctx, fmt.Sprintf("%s: %.0f a second for %v", name, half, p.Growth),
			Phase{Name: name + "-half", Rate: half}, ordinary, postClients, openFor(half, p.Growth))
	}); err != nil {
		return err
	}
	if r.Idle, err = b.byTurns(ctx, old, func(b *bench, name string) (Phase, error) {
		if err := b.flush(ctx); err != nil {
			return Phase{}, err
		}
		return b.run(ctx, fmt.Sprintf("%s: %d a second for %v", name, sagaRate, p.GrowthIdle),
			Phase{Name: name + "-idle", Rate: sagaRate}, ordinary, sagaClients, openFor(sagaRate, p.GrowthIdle))
	}); err != nil {
		return err
	}
	if b.plan.has(Statements) {
		return old.statements(ctx)
	}
	return nil
}

// byTurns measures the empty system and the old one again and again, as turns differ by half and
// more from one to the next. Neither always follows the other, and turns of one kind follow each
// other, with nothing left to be written down of those before them: after full speed that may be
// more in the old system.
func (b *bench) byTurns(ctx context.Context, old *bench, measure func(b *bench, name string) (Phase, error)) (all []Round, err error) {
	for _, system := range []*bench{b, old} {
		if err := system.flush(ctx); err != nil {
			return nil, err
		}
	}
	for n := 1; n <= b.plan.Rounds; n++ {
		var round Round
		turns := []struct {
			*bench
			name   string
			result *Turn
		}{{b, "empty", &round.Empty}, {old, "old", &round.Old}}
		if n%2 == 0 {
			slices.Reverse(turns)
		}
		for _, turn := range turns {
			before, err := turn.readPages(ctx)
			if err != nil {
				return all, err
			}
			if turn.result.Phase, err = measure(turn.bench, fmt.Sprintf("%s-%d", turn.name, n)); err != nil {
				return all, err
			}
			after, err := turn.readPages(ctx)
			if err != nil {
				return all, err
			}
			turn.result.Moved = after.since(before, turn.result.endedOrders())
			b.report.Problems = append(b.report.Problems, turn.result.Faults...)
		}
		all = append(all, round)
	}
	return all, nil
}

// another starts a second system like the first.
func (b *bench) another(ctx context.Context) (*bench, error) {
	s, err := startSystem(ctx, b.progress, false, serviceVariables(b.options))
	if err != nil {
		return nil, err
	}
	c, err := newClient(s.stack.URL("order"), mostConnections)
	if err != nil {
		return nil, errors.Join(err, s.close(context.WithoutCancel(ctx)))
	}
	other := *b
	other.system, other.client = s, c
	return &other, nil
}

// grow fills the databases while the services are away, and has PostgreSQL write
// down what it has in memory: nothing of the filling is left to be done.
func (b *bench) grow(ctx context.Context, r *GrowthReport) error {
	for _, p := range b.system.services {
		if err := p.Stop(ctx); err != nil {
			return err
		}
	}
	done := b.progress.Step(fmt.Sprintf("filling in %d old orders with all their rows, and %d in the orders table alone", r.OldOrders, r.MoreOrders))
	v := history.Volume{Orders: r.OldOrders, More: r.MoreOrders, Seed: b.plan.Seed}
	for n := range b.plan.Products {
		v.Products = append(v.Products, product(n))
	}
	begin := time.Now()
	// Or there would be a checkpoint every few seconds, and after each one all
	// pages that change are written to the log in full.
	err := b.withoutCheckpoints(ctx, func() (err error) {
		r.Rows, err = history.Fill(ctx, b.system.databases, v, b.progress)
		return err
	})
	if err == nil {
		r.Filled = time.Since(begin).Seconds()
		r.Bytes, err = b.system.size(ctx)
	}
	if err != nil {
		done("")
		return err
	}
	done(fmt.Sprintf("%d rows, %d MiB", r.Rows, r.Bytes>>20))
	if err := b.system.stack.Database.Restart(ctx); err != nil {
		return err
	}
	b.system.reconnect()
	for _, p := range b.system.services {
		if err := p.Start(ctx); err != nil {
			return err
		}
	}
	if err := b.stock(ctx); err != nil {
		return err
	}
	if err := b.reuseWAL(ctx); err != nil {
		return err
	}
	return b.warmUp(ctx)
}

// size is that of the databases, in bytes.
func (s *system) size(ctx context.Context) (sum int64, err error) {
	for _, database := range s.databases {
		var size int64
		if err := database.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&size); err != nil {
			return 0, fmt.Errorf("ask for the size of a database: %w", err)
		}
		sum += size
	}
	return sum, nil
}
