package bench

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Phase is what one phase measured. Times are in seconds from its beginning.
type Phase struct {
	Name string  `json:"name"`
	Rate float64 `json:"due_per_s,omitempty"` // of an open loop

	Placed     int            `json:"placed"`
	Accepted   int            `json:"accepted"`   // 201
	Refused    int            `json:"refused"`    // 503
	Unanswered int            `json:"unanswered"` // nobody can say
	Ends       map[string]int `json:"ends"`       // of all orders that are there

	Placing float64 `json:"placing_s"`   // until the last order was answered
	Ended   float64 `json:"ended_s"`     // until the last order had ended
	Settled float64 `json:"settled_s"`   // until stock was booked and customers were told, too
	PerS    float64 `json:"ended_per_s"` // orders by Ended

	Post   *Latency `json:"post,omitempty"`   // of those answered with 201, from when they were due
	Saga   *Latency `json:"saga,omitempty"`   // from due to COMPLETED
	Stored *Latency `json:"stored,omitempty"` // from created_at to COMPLETED

	CPU    CPU      `json:"cpu_s,omitempty"`    // until Settled
	Series []Second `json:"series,omitempty"`   // second by second
	Faults []string `json:"problems,omitempty"` // what must not be
}

// Second counts the orders of one second.
type Second struct {
	Accepted int `json:"accepted"`
	Ended    int `json:"ended"`
}

// CPUPer1000 is the CPU time in seconds for 1,000 ended orders.
func (p Phase) CPUPer1000() CPU { return p.CPU.per1000(p.endedOrders()) }

func (p Phase) endedOrders() int {
	n := 0
	for end, count := range p.Ends {
		if end != pending {
			n += count
		}
	}
	return n
}

// notifications is how many the orders of a phase lead to, at least. Whether one
// that its customer cancelled had been paid is not known here.
func (p Phase) notifications() int {
	return p.endedOrders() + p.Ends[completed] + p.Ends[paymentFailed]
}

// drive places the orders of a phase.
type drive func(ctx context.Context, s *shop, w *watch)

// phase places orders as drive wants, waits until all is done, and reports.
func (b *bench) phase(ctx context.Context, name string, m mix, clients int, drive drive) (Phase, error) {
	p, shop := Phase{Name: name}, newShop(b.client, clients, b.plan.Seed, name, m, b.plan.Products)
	before, err := b.system.readCPU()
	if err != nil {
		return p, err
	}
	begin := time.Now()
	if err := b.drain(ctx, shop, drive, func() { p.Placing = time.Since(begin).Seconds() }); err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	orders, err := b.system.ordersSince(ctx, begin.Add(-time.Millisecond)) // they are kept in microseconds
	if err != nil {
		return p, err
	}
	p.judge(shop, orders, begin, len(m) == 1)
	settling, cancel := context.WithTimeoutCause(ctx, b.plan.Drain, fmt.Errorf("still so after %v", b.plan.Drain))
	defer cancel()
	if err := b.system.settle(settling, begin, p.notifications()); err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	p.Settled = time.Since(begin).Seconds()
	after, err := b.system.readCPU()
	if err != nil {
		return p, err
	}
	if after != nil {
		p.CPU = after.minus(before)
	}
	return p, b.system.died()
}

// drain drives, and waits until the last order has ended.
func (b *bench) drain(ctx context.Context, shop *shop, drive drive, placed func()) error {
	w := newWatch(b.system, shop, b.plan.InFlight, b.progress)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	over, followed := make(chan struct{}), make(chan error, 1)
	go func() {
		err := w.follow(ctx, over)
		cancel(err) // nothing more has to be placed
		followed <- err
	}()
	drive(ctx, shop, w)
	placed()
	close(over)
	late := time.AfterFunc(b.plan.Drain, func() { cancel(fmt.Errorf("still so after %v", b.plan.Drain)) })
	defer late.Stop()
	return <-followed
}

// judge holds the orders that are there against those that were accepted.
// simple says that all of them should be COMPLETED.
func (p *Phase) judge(s *shop, orders []row, begin time.Time, simple bool) {
	p.Placed, p.Accepted = int(s.placed.Load()), int(s.accepted.Load())
	p.Refused, p.Unanswered = int(s.refused.Load()), int(s.unanswered.Load())
	p.Faults, p.Ends = s.faults, map[string]int{}
	accepted := s.acceptances()
	saga, stored := newHistogram(), newHistogram()
	last := begin
	for _, o := range orders {
		text, ours := strings.CutPrefix(o.CustomerID, s.phase+"-")
		n, err := strconv.Atoi(text)
		if !ours || err != nil {
			continue // another phase's
		}
		p.Ends[o.end()]++
		due, known := accepted[n]
		delete(accepted, n)
		if o.UpdatedAt.After(last) {
			last = o.UpdatedAt
		}
		if known && o.Status == completed {
			saga.record(o.UpdatedAt.Sub(due))
			stored.record(o.UpdatedAt.Sub(o.CreatedAt))
		}
		p.count(o.CreatedAt.Sub(begin), func(s *Second) { s.Accepted++ })
		p.count(o.UpdatedAt.Sub(begin), func(s *Second) { s.Ended++ })
	}
	p.Ended = last.Sub(begin).Seconds()
	if p.Ended > 0 {
		p.PerS = float64(p.endedOrders()) / p.Ended
	}
	p.Post, p.Saga, p.Stored = s.latency.latency(), saga.latency(), stored.latency()
	if n := p.Ends[pending]; n > 0 {
		p.fault("%d orders have not ended", n)
	}
	if n := len(accepted); n > 0 {
		p.fault("%d orders were accepted and are gone", n)
	}
	if n := p.endedOrders() - p.Ends[completed]; simple && n > 0 {
		p.fault("%d orders are not COMPLETED: %v", n, p.Ends)
	}
}

func (p *Phase) fault(format string, args ...any) {
	p.Faults = append(p.Faults, p.Name+": "+fmt.Sprintf(format, args...))
}

// count counts something that happened so long after the beginning.
func (p *Phase) count(after time.Duration, in func(*Second)) {
	second := max(0, int(after.Seconds()))
	for len(p.Series) <= second {
		p.Series = append(p.Series, Second{})
	}
	in(&p.Series[second])
}
