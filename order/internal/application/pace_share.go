package application

const (
	// shareForgets is what a window leaves of the weight of those before it.
	shareForgets = 0.97
	// shareUnlearns is what a window leaves of how many orders end for one.
	shareUnlearns = 0.8
	// shareMost is how many may end for one.
	shareMost = 8
)

// share tells how many of the orders that were taken here end for one that this process
// sees end. Others see the rest, when it is asked for more orders than they are.
type share struct {
	calm   sample // of windows in which as many ended as were taken
	latest sample // the last of these
}

// sample is how many orders were taken, and how many of them were seen to end.
type sample struct{ taken, ended float64 }

// each is how many orders end for one that is seen to.
func (s *share) each() float64 {
	if s.calm.ended == 0 {
		return 1
	}
	return min(max(1, s.calm.taken/s.calm.ended), shareMost)
}

// learn takes a window that is calm: as many orders end in it as were taken. That a crowd has
// come may show only in the next one, so that has to be calm, too, for it to count.
func (s *share) learn(window sample) {
	if s.latest.ended > 0 {
		s.calm.taken = shareForgets*s.calm.taken + s.latest.taken
		s.calm.ended = shareForgets*s.calm.ended + s.latest.ended
	}
	s.latest = window
}

// interrupt is for a window that isn't calm.
func (s *share) interrupt() { s.latest = sample{} }

// unlearn is for a window in which it turns out to have taken too many for one.
func (s *share) unlearn() {
	s.calm.taken = min(s.calm.taken, max(1, shareUnlearns*s.each())*s.calm.ended)
}
