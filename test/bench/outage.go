package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// outage is a server's absence.
type outage struct {
	phase  string
	server string // classDatabase or classBroker
	silent bool   // or else it refuses connections
}

var (
	brokerAway     = outage{BrokerAway, classBroker, false}
	brokerSilent   = outage{BrokerSilent, classBroker, true}
	databaseAway   = outage{DatabaseAway, classDatabase, false}
	databaseSilent = outage{DatabaseSilent, classDatabase, true}
)

const (
	stopped = "stopped"
	silent  = "silent"
)

func (o outage) how() string {
	if o.silent {
		return silent
	}
	return stopped
}

const (
	// aroundOutage is how long orders are placed before and after it, at most.
	aroundOutage = 5 * time.Second
	// defaultOutageRate is for a machine whose maximum is not known.
	defaultOutageRate = 200
	outageClients     = 4096
)

// outage is a phase: an open loop, in the middle of which a server is gone.
func (b *bench) outage(o outage) func(context.Context) error {
	return func(ctx context.Context) error {
		rate, around := b.outageRate(), min(aroundOutage, b.plan.Outage)
		p := Phase{Name: o.phase, Rate: rate, Gone: &Gone{Server: o.server, How: o.how()}}
		return b.record(ctx, fmt.Sprintf("%s %s for %v, at %.0f orders a second", o.server, o.how(), b.plan.Outage, rate),
			p, patient, outageClients, func(ctx context.Context, s *shop, w *watch) error {
				load, stop := context.WithCancel(ctx)
				var loading sync.WaitGroup
				loading.Go(func() { open(load, systemClock(rate), len(s.clients), rate, endless, s.place) })
				defer loading.Wait()
				defer stop()
				if err := sleep(ctx, around); err != nil {
					return err
				}
				wait := func(ctx context.Context) error { return sleep(ctx, b.plan.Outage) }
				if err := b.takeAway(ctx, o, p.Gone, s, w, wait); err != nil {
					return err
				}
				return sleep(ctx, around)
			})
	}
}

// endless is longer than any measurement.
const endless = 24 * time.Hour

func (b *bench) outageRate() float64 {
	if b.plan.OutageRate > 0 {
		return b.plan.OutageRate
	}
	if most := b.report.throughput(); most > 0 {
		return most / 2
	}
	return defaultOutageRate
}

// backlog is a phase: orders are taken without a broker until the outbox is full,
// and for some seconds more; then they are worked off, and no more are placed.
func (b *bench) backlog(ctx context.Context) (err error) {
	order := b.system.services["order"]
	allow := func(events int) error {
		order.Setenv(backlogVariable, fmt.Sprint(events))
		defer b.client.http.CloseIdleConnections() // to the one before
		return order.Restart(ctx)
	}
	if err := allow(b.plan.Backlog); err != nil {
		return err
	}
	defer func() {
		if ctx.Err() == nil { // there are phases to come, whose orders it would refuse
			err = errors.Join(err, allow(usualBacklog))
		}
	}()
	p := Phase{Name: Backlog, Gone: &Gone{Server: classBroker, How: brokerAway.how()}}
	return b.record(ctx, fmt.Sprintf("a backlog of %d events: %d clients, and no broker", b.plan.Backlog, b.plan.Clients),
		p, ordinary, b.plan.Clients, func(ctx context.Context, s *shop, w *watch) error {
			return b.takeAway(ctx, brokerAway, p.Gone, s, w, func(ctx context.Context) error { return b.fill(ctx, s) })
		})
}

const (
	backlogVariable = "OUTBOX_MAX_BACKLOG"
	usualBacklog    = 1_000_000
	// fillWithin bounds the time until the outbox is full, and fullFor is how long
	// orders are refused.
	fillWithin = 5 * time.Minute
	fullFor    = 3 * time.Second
)

var errFull = errors.New("the outbox is full")

// fill is a closed loop until orders are refused, and for some seconds more.
func (b *bench) fill(ctx context.Context, s *shop) error {
	loop, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var once sync.Once
	closed(loop, b.plan.Clients, fillWithin, func(ctx context.Context) error {
		if s.refused.Load() > 0 {
			once.Do(func() { time.AfterFunc(fullFor, func() { stop(errFull) }) })
		}
		return ctx.Err()
	}, s.place)
	if errors.Is(context.Cause(loop), errFull) {
		return nil
	}
	return errors.Join(ctx.Err(), fmt.Errorf("no order was refused within %v", fillWithin))
}
