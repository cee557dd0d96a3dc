package workkit

// Signal tells a pool that there may be work: raised after a commit in process.
// It remembers that it was raised, not how often.
type Signal struct {
	raised chan struct{}
}

// NewSignal returns a signal that is not raised.
func NewSignal() *Signal { return &Signal{raised: make(chan struct{}, 1)} }

// Raise raises the signal. It never blocks.
func (s *Signal) Raise() {
	select {
	case s.raised <- struct{}{}:
	default: // it is raised already
	}
}
