package rabbitkit

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
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
	a := newAcks(c.ack, func(err error) { t.Error(err) })
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
		a := newAcks(c.ack, func(err error) { t.Error(err) })
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

func TestFlushWaitsForWhatWasAdded(t *testing.T) {
	c := newChannel(1000)
	a := newAcks(c.ack, func(err error) { t.Error(err) })
	var adding sync.WaitGroup
	for tag := range uint64(1000) {
		adding.Go(func() { a.add(tag + 1) })
	}
	adding.Wait()
	a.flush()
	if len(c.outstanding) > 0 {
		t.Errorf("%d are not acknowledged", len(c.outstanding))
	}
}
