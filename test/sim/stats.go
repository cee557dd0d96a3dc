package sim

import "maps"

// Stats counts what runs had in them.
type Stats struct {
	Runs, Turns int

	Completed int
	Cancelled map[string]int // orders by reason
	Refunded  int

	Crashes, Freezes, Lulls            int
	Duplicates, HeldBack, Redeliveries int
	Cancels, Restocks                  int
	Outages, LostAnswers, LostConfirms int
	Detours                            map[string]int // of the gateway and the workers, by what they did
}

// Add adds what other runs had.
func (s *Stats) Add(o Stats) {
	for mine, theirs := range map[*int]int{
		&s.Runs: o.Runs, &s.Turns: o.Turns, &s.Completed: o.Completed, &s.Refunded: o.Refunded,
		&s.Crashes: o.Crashes, &s.Freezes: o.Freezes, &s.Lulls: o.Lulls,
		&s.Duplicates: o.Duplicates, &s.HeldBack: o.HeldBack, &s.Redeliveries: o.Redeliveries,
		&s.Cancels: o.Cancels, &s.Restocks: o.Restocks,
		&s.Outages: o.Outages, &s.LostAnswers: o.LostAnswers, &s.LostConfirms: o.LostConfirms,
	} {
		*mine += theirs
	}
	s.Cancelled = sum(s.Cancelled, o.Cancelled)
	s.Detours = sum(s.Detours, o.Detours)
}

func sum(a, b map[string]int) map[string]int {
	both := maps.Clone(a)
	if both == nil {
		both = map[string]int{}
	}
	for name, count := range b {
		both[name] += count
	}
	return both
}
