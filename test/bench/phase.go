package bench

import (
	"context"
	"fmt"
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
	// Meanwhile is how many orders ended a second while orders were placed.
	Meanwhile float64 `json:"ended_per_s_meanwhile"`

	Post     *Latency `json:"post,omitempty"`     // of those answered with 201, from when they were due
	Waited   *Latency `json:"waited,omitempty"`   // of the same, where the answer was to wait for the order's end
	Refusals *Latency `json:"refusals,omitempty"` // of those answered with 503, from when they were due
	Saga     *Latency `json:"saga,omitempty"`     // from due to updated_at of COMPLETED, which is set before it is committed
	Stored   *Latency `json:"stored,omitempty"`   // from created_at to the same

	CPU    CPU      `json:"cpu_s,omitempty"`    // until Settled
	Gone   *Gone    `json:"gone,omitempty"`     // of a server, in the middle
	Crowd  *Crowd   `json:"crowd,omitempty"`    // beside the orders
	Series []Second `json:"series,omitempty"`   // second by second
	Faults []string `json:"problems,omitempty"` // what must not be
}

// Second counts the orders of one second.
type Second struct {
	Accepted int `json:"accepted"`
	Ended    int `json:"ended"`
}

// meanwhileFrom is how many orders ended a second while orders were placed, from the given
// second on: how a crowd begins is left out.
func (p Phase) meanwhileFrom(second int) (perS float64, lasted bool) {
	return p.meanFrom(second, func(s Second) int { return s.Ended })
}

// steady is how many orders ended a second while they were placed, without how that began: to
// fill the queues, and to drain them, takes a phase of ten seconds as long as one of a minute.
// It is PerS where so little would be left that a single second could decide.
func (p Phase) steady() (perS float64) {
	if p.Placing < steadyFrom {
		return p.PerS
	}
	perS, _ = p.meanwhileFrom(loopBegins)
	return perS
}

// notTakenFrom is how many of the orders that were due in a second were not accepted, from the
// given second on.
func (p Phase) notTakenFrom(second int) (perS float64, lasted bool) {
	accepted, lasted := p.meanFrom(second, func(s Second) int { return s.Accepted })
	return max(0, p.Rate-accepted), lasted
}

// meanFrom is the mean of the seconds in which orders were placed, from the given one on.
func (p Phase) meanFrom(second int, of func(Second) int) (perS float64, lasted bool) {
	end := min(int(p.Placing), len(p.Series))
	if end <= second {
		return 0, false
	}
	sum := 0
	for _, s := range p.Series[second:end] {
		sum += of(s)
	}
	return float64(sum) / float64(end-second), true
}

// CPUPer1000 is the CPU time in seconds for 1,000 ended orders.
func (p Phase) CPUPer1000() CPU { return p.CPU.per1000(p.endedOrders()) }

// others is the share of the CPUs that other programs took.
func (p Phase) others(cpus int) float64 {
	if p.CPU == nil || p.Settled == 0 {
		return 0
	}
	return p.CPU[classOthers] / (p.Settled * float64(cpus))
}

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

// drive places the orders of a phase. Its error is why it could not.
type drive func(ctx context.Context, s *shop, w *watch) error

// phase places orders as drive wants, waits until all is done, and reports.
func (b *bench) phase(ctx context.Context, p *Phase, m mix, clients int, drive drive) error {
	shop := newShop(b.client, clients, b.plan, p.Name, m)
	before, err := b.system.readCPU()
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := b.drain(ctx, shop, drive, func() { p.Placing = time.Since(begin).Seconds() }); err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	orders, err := b.system.ordersSince(ctx, begin.Add(-time.Millisecond)) // they are kept in microseconds
	if err != nil {
		return err
	}
	p.judge(shop, orders, begin)
	p.Gone.judge(orders, p.Name)
	settling, cancel := context.WithTimeoutCause(ctx, b.plan.Drain, fmt.Errorf("still so after %v", b.plan.Drain))
	defer cancel()
	if err := b.system.settle(settling, begin, p.notifications()); err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	p.Settled = time.Since(begin).Seconds()
	after, err := b.system.readCPU()
	if err != nil {
		return err
	}
	if after != nil && !p.Gone.restarted() {
		p.CPU = after.minus(before)
	}
	if p.Gone != nil {
		if after != nil {
			p.Gone.Way = after.minus(p.Gone.used).per1000(p.Gone.drained)
		}
		if p.Gone.Memory, err = b.system.peaks(); err != nil {
			return err
		}
		p.Gone.accuse(p, b.system.stack.Race())
	}
	return b.system.died()
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
	if err := drive(ctx, shop, w); err != nil {
		cancel(err)
	}
	placed()
	close(over)
	late := time.AfterFunc(b.plan.Drain, func() { cancel(fmt.Errorf("still so after %v", b.plan.Drain)) })
	defer late.Stop()
	return <-followed
}
