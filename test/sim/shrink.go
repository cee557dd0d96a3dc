package sim

import (
	"slices"

	"orders.internal/shared-kernel/simkit"
)

// Shrink returns a run that breaks the same rule as the failed one with as
// little out of the ordinary as it can find in so many runs, traced, and how many
// it took (delta debugging, https://www.st.cs.uni-saarland.de/dd/).
func Shrink(failed Result, missing simkit.Protection, atMost int) (simplest Result, runs int) {
	s := &shrinking{atMost: atMost, missing: missing, rule: failed.Violations[0].Rule, best: failed.Choices.plain()}
	for before := -1; before != s.weight() && s.runs < atMost; {
		before = s.weight()
		for part := range s.best {
			s.pieces(part, removed)
			s.pieces(part, emptied)
			s.numbers(part)
		}
	}
	simplest = Replay(s.best, missing)
	simplest.Seed = failed.Seed
	return simplest, s.runs
}

type shrinking struct {
	atMost  int
	missing simkit.Protection
	rule    string
	best    Choices
	runs    int
}

// weight falls with every step that makes the run simpler.
func (s *shrinking) weight() (weight int) {
	for _, part := range s.best {
		weight += len(part)
		for _, t := range part {
			for _, choice := range t {
				weight += choice
			}
		}
	}
	return weight
}

// try takes the changed part if its run still breaks the rule.
func (s *shrinking) try(part int, changed []turn) bool {
	if s.runs >= s.atMost {
		return false
	}
	s.runs++
	candidate := s.best
	candidate[part] = changed
	if !newRun(&chooser{given: candidate}, temper{}, s.missing, nil).result().breaks(s.rule) {
		return false
	}
	s.best = candidate.plain()
	return true
}

// pieces tries the change on pieces of a part, from its half down to single turns.
func (s *shrinking) pieces(part int, change func(turns []turn, from, to int) []turn) {
	for size := max(len(s.best[part])/2, 1); size > 0; size /= 2 {
		for to := len(s.best[part]); to > 0; {
			to = min(to, len(s.best[part]))
			from := max(to-size, 0)
			if changed := change(s.best[part], from, to); !slices.EqualFunc(changed, s.best[part], slices.Equal) {
				s.try(part, changed)
			}
			to = from
		}
	}
}

func removed(turns []turn, from, to int) []turn { return slices.Delete(slices.Clone(turns), from, to) }

func emptied(turns []turn, from, to int) []turn {
	changed := slices.Clone(turns)
	clear(changed[from:to])
	return changed
}

// numbers tries smaller ones one by one.
func (s *shrinking) numbers(part int) {
	for at := len(s.best[part]) - 1; at >= 0; at-- {
		for i := 0; at < len(s.best[part]) && i < len(s.best[part][at]); i++ {
			for smaller := range s.best[part][at][i] {
				changed := slices.Clone(s.best[part])
				changed[at] = slices.Clone(changed[at])
				changed[at][i] = smaller
				if s.try(part, changed) {
					break
				}
			}
		}
	}
}

func (r Result) breaks(rule string) bool {
	return slices.ContainsFunc(r.Violations, func(v Violation) bool { return v.Rule == rule })
}
