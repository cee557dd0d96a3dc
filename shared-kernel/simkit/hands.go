package simkit

// Hands are those of a worker's that are given pieces of work. They are lost with the
// process.
type Hands[T any] struct {
	World World
	Given []T
}

// Take reports whether a hand is free.
func (h *Hands[T]) Take() bool {
	return h.World.Choose("a hand of the worker", []string{"is free", "is busy"}) == 0
}

// Give has a hand do the piece, when Next takes it.
func (h *Hands[T]) Give(piece T) { h.Given = append(h.Given, piece) }

// Return gives a hand back.
func (h *Hands[T]) Return() {}

// Next returns the piece that was given first of those that wait.
func (h *Hands[T]) Next() (piece T, found bool) {
	if len(h.Given) == 0 {
		return piece, false
	}
	piece, h.Given = h.Given[0], h.Given[1:]
	return piece, true
}
