package rabbitkit

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// channel is the broker's side: what is outstanding, and its rule that the tag of
// an acknowledgement is.
type channel struct {
	outstanding map[uint64]bool
	frames      int
}

func newChannel(deliveries int) *channel {
	c := &channel{outstanding: map[uint64]bool{}}
	for tag := range deliveries {
		c.outstanding[uint64(tag)+1] = true
	}
	return c
}

func (c *channel) ack(tag uint64, multiple bool) error {
	if !c.outstanding[tag] {
		return fmt.Errorf("unknown delivery tag %d", tag)
	}
	c.frames++
	for other := range c.outstanding {
		if other == tag || multiple && other < tag {
			delete(c.outstanding, other)
		}
	}
	return nil
}

func TestAcknowledgementsSendAsLittleAsTheyCan(t *testing.T) {
	c := newChannel(10)
	a := newAcks(1, c.ack, func(err error) { t.Error(err) })
	for _, step := range []struct {
		batch  []uint64
		left   int
		frames int
	}{
		{[]uint64{3, 1, 2}, 7, 1},  // together
		{[]uint64{6, 5}, 5, 3},     // 4 is still in hand
		{[]uint64{4}, 4, 4},        // joins them
		{[]uint64{7, 8, 10}, 1, 6}, // 9 is in hand
		{[]uint64{9}, 0, 7},
	} {
		if err := a.acknowledge(step.batch); err != nil {
			t.Fatal(err)
		}
		if len(c.outstanding) != step.left || c.frames != step.frames {
			t.Errorf("after %v: %d outstanding after %d frames, want %d after %d",
				step.batch, len(c.outstanding), c.frames, step.left, step.frames)
		}
	}
}

// In whatever order deliveries are settled, each is acknowledged, and none that
// is not.
func TestAcknowledgementsInAnyOrder(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := newChannel(100)
		a := newAcks(1, c.ack, func(err error) { t.Error(err) })
		settled := map[uint64]bool{}
		order := r.Perm(100)[:1+r.IntN(100)]
		for len(order) > 0 {
			n := 1 + r.IntN(len(order))
			var batch []uint64
			for _, tag := range order[:n] {
				batch = append(batch, uint64(tag)+1)
				settled[uint64(tag)+1] = true
			}
			order = order[n:]
			if err := a.acknowledge(batch); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			for tag := uint64(1); tag <= 100; tag++ {
				if c.outstanding[tag] == settled[tag] {
					t.Fatalf("seed %d: tag %d is settled: %v, outstanding: %v", seed, tag, settled[tag], c.outstanding[tag])
				}
			}
		}
	}
}

// A delivery that is held for an outage stays in hand while any number of others come and go.
func TestWhatIsRememberedOfAcknowledgementsIsBounded(t *testing.T) {
	const held, prefetch, deliveries = 3, 10, 2000
	c := newChannel(deliveries)
	a := newAcks(1, c.ack, func(err error) { t.Error(err) })
	for first := uint64(1); first < deliveries; first += prefetch {
		var batch []uint64
		for tag := first; tag < first+prefetch; tag++ {
			if tag != held {
				batch = append(batch, tag)
			}
		}
		if err := a.acknowledge(batch); err != nil {
			t.Fatal(err)
		}
		if len(a.missing) > prefetch {
			t.Fatalf("%d tags are remembered after %d deliveries", len(a.missing), first+prefetch)
		}
	}
	if err := a.acknowledge([]uint64{held}); err != nil || len(c.outstanding) > 0 || len(a.missing) > 0 {
		t.Errorf("%v; %d outstanding, %d remembered in the end", err, len(c.outstanding), len(a.missing))
	}
}

func TestFlushWaitsForWhatWasAdded(t *testing.T) {
	for name, most := range map[string]int{"few wait": 1, "many wait": 300, "all wait": 2000} {
		t.Run(name, func(t *testing.T) {
			c := newChannel(1000)
			a := newAcks(most, c.ack, func(err error) { t.Error(err) })
			var adding sync.WaitGroup
			for tag := range uint64(1000) {
				adding.Go(func() { a.add(tag + 1) })
			}
			adding.Wait()
			a.flush()
			if len(c.outstanding) > 0 {
				t.Errorf("%d are not acknowledged", len(c.outstanding))
			}
		})
	}
}

// Nobody waits for an acknowledgement, so it waits for others, but only for a time and
// only for so many.
func TestAcknowledgementsWaitForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newChannel(1000)
		a := newAcks(10, c.ack, func(err error) { t.Error(err) })
		left := func(after time.Duration, want, frames int) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			a.mu.Lock()
			defer a.mu.Unlock()
			if len(c.outstanding) != want || c.frames != frames {
				t.Errorf("%d outstanding after %d frames, want %d after %d", len(c.outstanding), c.frames, want, frames)
			}
		}
		a.add(1)
		a.add(2)
		left(ackWithin-1, 1000, 0)
		left(1, 998, 1)
		a.add(3)
		left(ackWithin, 997, 2)
		for tag := uint64(4); tag < 14; tag++ {
			a.add(tag)
		}
		left(0, 987, 3) // enough for one at once
		a.add(14)
		a.flush()
		left(0, 986, 4)
	})
}
