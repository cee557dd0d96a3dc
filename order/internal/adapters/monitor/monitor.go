// Package monitor ends orders whose saga takes too long, and knows when that is
// the fault of the service itself.
package monitor

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"orders.internal/order/internal/application"
)

const (
	// every is how often the monitor looks.
	every = 500 * time.Millisecond
	// lookFor bounds a look, which a database that never answers would make the
	// last one.
	lookFor = 10 * time.Second
	// longestGap between two looks: after a longer one the process stood still, or
	// its clock was set. It can't know then what it has missed.
	longestGap = 5 * time.Second
	// settle is what the other services get after an outage to take up their work,
	// before time counts again.
	settle = 5 * time.Second
)

// Link is what connects the service to its sagas.
type Link interface {
	// Working returns nil while database, broker and consumer all work, and events
	// don't wait to be published.
	Working(ctx context.Context) error
	// Waiting returns how many messages stand in the service's queue.
	Waiting(ctx context.Context) (int, error)
	// Settled counts the messages handled since the process started.
	Settled() uint64
}

// Monitor cancels overdue orders. While the link is down it rests, and after
// that until what was queued in the meantime has been handled: the answer an
// order waits for may be among it. The time that an order may take is counted over
// all times in which the link worked, so that it ends behind a bad link, too.
type Monitor struct {
	expire *application.ExpireOrders
	link   Link
	now    func() time.Time
	log    *slog.Logger

	state    state
	target   uint64    // catching up: done when so many messages are settled
	counted  time.Time // following: up to when working time is counted
	worked   application.WorkingTime
	lastLook time.Time // when it ended
}

type state int

const (
	resting state = iota
	catchingUp
	following
)

// New returns a monitor that rests until it is run.
func New(expire *application.ExpireOrders, link Link, now func() time.Time, log *slog.Logger) *Monitor {
	return &Monitor{expire: expire, link: link, now: now, log: log}
}

// Run looks twice a second until ctx ends.
func (m *Monitor) Run(ctx context.Context) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			for m.look(ctx) {
			}
		}
	}
}

// look takes one step of the state machine, and reports whether the next is due at once;
// whatever fails sends it back to rest.
func (m *Monitor) look(running context.Context) (again bool) {
	ctx, cancel := context.WithTimeout(running, lookFor)
	defer cancel()
	if gap := m.now().Sub(m.lastLook); m.state != resting && (gap > longestGap || gap < 0) {
		m.log.WarnContext(ctx, "the service stood still, or its clock was set", "gap", gap)
		m.state = resting
	}
	defer func() { m.lastLook = m.now() }()
	again, err := m.step(ctx)
	if err != nil && running.Err() == nil {
		if m.state == following {
			m.log.WarnContext(ctx, "overdue orders are not looked for until the service works again", "error", err)
		}
		m.state = resting
	}
	return again
}

func (m *Monitor) step(ctx context.Context) (again bool, err error) {
	if err := m.link.Working(ctx); err != nil {
		return false, err
	}
	switch m.state {
	case resting:
		waiting, err := m.link.Waiting(ctx)
		if err != nil {
			return false, err
		}
		m.target = m.link.Settled() + uint64(waiting)
		m.state = catchingUp
	case catchingUp:
		waiting, err := m.link.Waiting(ctx)
		if err != nil {
			return false, err
		}
		if waiting == 0 || m.link.Settled() >= m.target {
			m.counted = m.now().Add(settle)
			m.state = following
		}
	case following:
		if now := m.now(); now.After(m.counted) {
			m.worked.Add(m.counted, now)
			m.counted = now
		}
		return m.cancelOverdue(ctx)
	}
	return false, nil
}

// cancelOverdue reports whether there may be more.
func (m *Monitor) cancelOverdue(ctx context.Context) (more bool, err error) {
	expired, err := m.expire.Do(ctx, &m.worked, together)
	if expired.Cancelled > 0 {
		m.log.WarnContext(ctx, "orders cancelled because their saga took too long", "orders", expired.Cancelled)
	}
	if n := len(expired.Failed); n > 0 {
		m.log.ErrorContext(ctx, "overdue orders can't be cancelled", "orders", n, "error", expired.Failed[0])
	}
	return expired.More && err == nil, err
}

// together makes all calls at the same time: the store commits them together.
func together(n int, do func(i int)) {
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() { do(i) })
	}
	calls.Wait()
}
