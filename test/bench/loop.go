package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// place places the nth order of a phase, which was due at a time. client is
// from 0 to the number of clients, less one, and places one order at a time. The
// pause is what the answer asks for before the next one.
type place func(client, n int, due time.Time) (pause time.Duration)

// closed is a closed loop: each client places an order as soon as its last one
// is answered, and admit lets it. It returns when the last order is answered.
func closed(ctx context.Context, clients int, long time.Duration, admit func(context.Context) error, do place) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	var next atomic.Int64
	var running sync.WaitGroup
	for client := range clients {
		running.Go(func() {
			for ctx.Err() == nil && admit(ctx) == nil {
				pause(ctx, do(client, int(next.Add(1)-1), time.Now()))
			}
		})
	}
	running.Wait()
}

// pause waits, but not beyond the end of ctx.
func pause(ctx context.Context, long time.Duration) {
	if long == 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(long):
	}
}

// clock is the time that an open loop goes by.
type clock struct {
	now  func() time.Time
	wait func(ctx context.Context, until time.Time) error
}

// exactUpTo is how many orders a second are placed within 0.1 ms of their time. That
// takes a thread and a sleep of its own for each, which for hundreds a second is time
// that the system under test lacks; more than these are placed by timers, mostly within a
// millisecond, and what they are late counts as the system's.
const exactUpTo = sagaRate

// systemClock is for a loop of that rate.
func systemClock(rate float64) clock {
	if rate > exactUpTo {
		return clock{now: time.Now, wait: func(ctx context.Context, until time.Time) error { return sleep(ctx, time.Until(until)) }}
	}
	return clock{now: time.Now, wait: waitUntil}
}

// open is an open loop: orders are due at a constant rate, whatever becomes of
// those before. One that is due while no client is free is placed late, and its
// time counts from when it was due: a system that stands still for a second is
// not spared the orders of that second (coordinated omission).
func open(ctx context.Context, c clock, clients int, rate float64, long time.Duration, do place) {
	total := int64(rate * long.Seconds())
	begin := c.now()
	var next atomic.Int64
	var running sync.WaitGroup
	for client := range clients {
		running.Go(func() {
			for {
				n := next.Add(1) - 1
				if n >= total {
					return
				}
				due := begin.Add(time.Duration(float64(n) / rate * float64(time.Second)))
				if c.wait(ctx, due) != nil {
					return
				}
				do(client, int(n), due)
			}
		})
	}
	running.Wait()
}

// tick is as early as a timer may be trusted to end: the runtime's poller counts
// in milliseconds.
const tick = time.Millisecond

// waitUntil sleeps to within some 0.1 ms.
func waitUntil(ctx context.Context, until time.Time) error {
	if err := sleep(ctx, time.Until(until)-tick); err != nil {
		return err
	}
	sleepShortly(time.Until(until))
	return nil
}

// sleep returns early, with the context's error, when that ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
