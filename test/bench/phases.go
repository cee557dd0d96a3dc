package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Clients of the open loops: more than are ever waiting at once, unless the
// system stands still.
const (
	sagaClients     = 64
	postClients     = 512
	overloadClients = 2048
)

// mixedSuccessRate is the chance that an attempt to charge succeeds in the phase
// of mixed outcomes.
const mixedSuccessRate = "0.8"

func (b *bench) measure(ctx context.Context) error {
	if err := b.stock(ctx); err != nil {
		return err
	}
	if err := b.reuseWAL(ctx); err != nil {
		return err
	}
	if err := b.warmUp(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		phase string
		do    func(context.Context) error
	}{
		{Saga, b.saga}, {Throughput, b.throughput}, {Post, b.post}, {Hot, b.hot}, {Overload, b.overload},
		{BrokerAway, b.outage(brokerAway)}, {BrokerSilent, b.outage(brokerSilent)},
		{DatabaseAway, b.outage(databaseAway)}, {DatabaseSilent, b.outage(databaseSilent)}, {Backlog, b.backlog},
		{Growth, b.growth}, {Bounds, b.bounds}, {Mixed, b.mixed},
	} {
		if !b.plan.has(step.phase) {
			continue
		}
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	if b.plan.has(Statements) && !b.plan.has(Growth) {
		if err := b.statements(ctx); err != nil {
			return err
		}
	}
	return b.judge(ctx)
}

// run is a phase with its progress.
func (b *bench) run(ctx context.Context, doing string, p Phase, m mix, clients int, drive drive) (Phase, error) {
	done := b.progress.Step(doing)
	err := b.phase(ctx, &p, m, clients, drive)
	if err != nil {
		done("")
		return p, err
	}
	done(p.String())
	return p, b.readMemory()
}

// record is run with its place in the report.
func (b *bench) record(ctx context.Context, doing string, p Phase, m mix, clients int, drive drive) error {
	p, err := b.run(ctx, doing, p, m, clients, drive)
	if err == nil {
		b.report.add(p)
	}
	return err
}

// closedFor is a closed loop of all clients.
func (b *bench) closedFor(long time.Duration) drive {
	return func(ctx context.Context, s *shop, w *watch) error {
		closed(ctx, b.plan.Clients, long, w.admit, s.place)
		return nil
	}
}

// openFor is an open loop.
func openFor(rate float64, long time.Duration) drive {
	return func(ctx context.Context, s *shop, _ *watch) error {
		open(ctx, systemClock(rate), len(s.clients), rate, long, s.place)
		return nil
	}
}

func (b *bench) warmUp(ctx context.Context) error {
	p, err := b.run(ctx, fmt.Sprintf("warming up for %v", b.plan.WarmUp), Phase{Name: "warm-up"}, ordinary,
		b.plan.Clients, b.closedFor(b.plan.WarmUp))
	b.report.Problems = append(b.report.Problems, p.Faults...)
	return err
}

func (b *bench) throughput(ctx context.Context) error {
	profiles := b.profile(ctx, b.plan.Throughput)
	err := b.record(ctx, fmt.Sprintf("throughput: %d clients for %v", b.plan.Clients, b.plan.Throughput),
		Phase{Name: Throughput}, ordinary, b.plan.Clients, b.closedFor(b.plan.Throughput))
	return errors.Join(err, profiles())
}

// saga comes first: after a minute of throughput autovacuum runs beside what comes next.
func (b *bench) saga(ctx context.Context) error {
	if err := b.flush(ctx); err != nil {
		return err
	}
	before, err := b.pathTurn(ctx, "before")
	if err != nil {
		return err
	}
	err = b.record(ctx, fmt.Sprintf("latency of whole orders: %d a second for %v", sagaRate, b.plan.Saga),
		Phase{Name: Saga, Rate: sagaRate}, ordinary, sagaClients, openFor(sagaRate, b.plan.Saga))
	if err != nil {
		return err
	}
	after, err := b.pathTurn(ctx, "after")
	if err != nil {
		return err
	}
	b.report.PathTurns = []*Latency{before.latency(), after.latency()}
	before.merge(after)
	b.report.Path = before.latency()
	return b.record(ctx, fmt.Sprintf("latency of orders that clients wait for: %d a second for %v", sagaRate, b.plan.Saga/2),
		Phase{Name: sagaWaited, Rate: sagaRate}, waiting, sagaClients, openFor(sagaRate, b.plan.Saga/2))
}

// sagaWaited is the phase that says when a client knows that its order has ended: after the
// last commit, which timestamps are earlier than.
const sagaWaited = Saga + "-waited"

// pathTurn follows the paths of orders for a quarter of the time of whole ones.
func (b *bench) pathTurn(ctx context.Context, when string) (took *histogram, err error) {
	long := b.plan.Saga / 4
	done := b.progress.Step(fmt.Sprintf("latency of an order's transactions and messages alone, %s, for %v", when, long))
	if took, err = b.pathLatency(ctx, long); err != nil {
		done("")
		return nil, fmt.Errorf("follow the path of an order: %w", err)
	}
	done(fmt.Sprintf("p50 %s ms", decimals(took.latency().p50())))
	return took, nil
}

// flush writes the dirty pages to the disk that what came before has left in memory. The
// system would do so half a minute later, hundreds of megabytes at once, while commits wait.
func (b *bench) flush(ctx context.Context) error {
	done := b.progress.Step("flushing dirty pages")
	defer done("")
	if err := b.admin(ctx, "CHECKPOINT"); err != nil {
		return err
	}
	writeBack()
	return nil
}

// maximum measures the throughput for a phase that is held against it: machines are faster
// at some times than at others.
func (b *bench) maximum(ctx context.Context, phase string) (perS float64, err error) {
	p, err := b.run(ctx, fmt.Sprintf("the maximum at the time: %d clients for %v", b.plan.Clients, b.plan.Maximum),
		Phase{Name: maximumBefore + phase}, ordinary, b.plan.Clients, b.closedFor(b.plan.Maximum))
	if err == nil {
		b.report.add(p)
	}
	return p.steady(), err
}

func (b *bench) post(ctx context.Context) error {
	maximum, err := b.maximum(ctx, Post)
	if err != nil {
		return err
	}
	for _, share := range postShares {
		rate := share * maximum
		err := b.record(ctx, fmt.Sprintf("latency of POST at %.0f%% of the maximum: %.0f a second for %v", 100*share, rate, b.plan.Post),
			Phase{Name: fmt.Sprintf("%s-%.0f", Post, 100*share), Rate: rate}, ordinary, postClients, openFor(rate, b.plan.Post))
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) hot(ctx context.Context) error {
	if _, err := b.maximum(ctx, Hot); err != nil {
		return err
	}
	return b.record(ctx, fmt.Sprintf("hot product: %d clients want the same for %v", b.plan.Clients, b.plan.Hot),
		Phase{Name: Hot}, hot, b.plan.Clients, b.closedFor(b.plan.Hot))
}

func (b *bench) overload(ctx context.Context) error {
	maximum, err := b.maximum(ctx, Overload)
	if err != nil {
		return err
	}
	rate := overloadShare * maximum
	err = b.record(ctx, fmt.Sprintf("overload: %.0f a second, twice the maximum, for %v", rate, b.plan.Overload),
		Phase{Name: Overload, Rate: rate}, ordinary, overloadClients, openFor(rate, b.plan.Overload))
	if err != nil {
		return err
	}
	p, _ := b.report.find(Overload)
	// How a crowd begins is left out: orders are taken then. In a short phase all may be taken.
	refused, lasted := p.notTakenFrom(crowdBegins)
	if !lasted {
		refused = rate - maximum
	}
	if refused == 0 {
		return nil
	}
	return b.besideRefusals(ctx, refused)
}

// mixed comes last: the payment service is another one afterwards.
func (b *bench) mixed(ctx context.Context) error {
	done := b.progress.Step("restarting payment: one attempt to charge in five fails from now on")
	b.system.services["payment"].Setenv("PAYMENT_SUCCESS_RATE", mixedSuccessRate)
	if err := b.system.services["payment"].Restart(ctx); err != nil {
		done("")
		return err
	}
	done("ready")
	return b.record(ctx, fmt.Sprintf("mixed outcomes: %d clients for %v", b.plan.Clients, b.plan.Mixed),
		Phase{Name: Mixed}, mixed, b.plan.Clients, b.closedFor(b.plan.Mixed))
}

// readMemory keeps the peaks of the services' memory: one that was started anew
// begins again.
func (b *bench) readMemory() error {
	peaks, err := b.system.peaks()
	for name, peak := range peaks {
		b.report.Memory[name] = max(b.report.Memory[name], peak)
	}
	return err
}

// find returns a phase by its name.
func (r Report) find(name string) (Phase, bool) {
	i := slices.IndexFunc(r.Phases, func(p Phase) bool { return p.Name == name })
	if i < 0 {
		return Phase{}, false
	}
	return r.Phases[i], true
}

// maximumBefore begins the names of phases that measure the throughput for another one.
const maximumBefore = "maximum-"

// maximum is the throughput that was measured last before the phase, or in it, in orders a
// second.
func (r Report) maximum(name string) (perS float64) {
	for _, p := range r.Phases {
		if p.Name == Throughput || strings.HasPrefix(p.Name, maximumBefore) {
			perS = p.steady()
		}
		if p.Name == name {
			break
		}
	}
	return perS
}

// throughput is the measured one in orders a second.
func (r Report) throughput() float64 {
	p, _ := r.find(Throughput)
	return p.PerS
}
