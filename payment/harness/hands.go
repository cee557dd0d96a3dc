package harness

import (
	"orders.internal/payment/internal/application"
	"orders.internal/shared-kernel/simkit"
)

// hands are those of the worker's that are given payments. They are lost with the
// process.
type hands struct {
	world simkit.World
	given []application.Claimed
}

var _ application.Hands = (*hands)(nil)

// Take implements application.Hands.
func (h *hands) Take() bool {
	return h.world.Choose("a hand of the worker", []string{"is free", "is busy"}) == 0
}

// Give implements application.Hands.
func (h *hands) Give(c application.Claimed) { h.given = append(h.given, c) }

// Return implements application.Hands.
func (h *hands) Return() {}

func (h *hands) next() (c application.Claimed, found bool) {
	if len(h.given) == 0 {
		return c, false
	}
	c, h.given = h.given[0], h.given[1:]
	return c, true
}
