package application

import (
	"math"
	"testing"
)

// A crowd that has come shows a second later.
func TestShareIsLearnedFromCalmSecondsInARow(t *testing.T) {
	half := sample{taken: 200, ended: 100}
	for name, c := range map[string]struct {
		calm []bool
		want float64
	}{
		"one":                {[]bool{true}, 1},
		"two":                {[]bool{true, true}, 2},
		"one, and then none": {[]bool{true, false, true}, 1},
	} {
		var s share
		for _, calm := range c.calm {
			s.learn(calm, half)
		}
		if got := s.each(); got != c.want {
			t.Errorf("%s: %v end for one, want %v", name, got, c.want)
		}
	}
}

// A calm second after the crowd doesn't bring it back.
func TestShareForgetsWhatItUnlearns(t *testing.T) {
	s := share{calm: sample{taken: 1000, ended: 100}} // ten for one, which counts as eight
	for _, want := range []float64{6.4, 5.12} {
		if s.unlearn(); math.Abs(s.each()-want) > 0.001 {
			t.Errorf("%v end for one, want %v", s.each(), want)
		}
	}
	for range 2 {
		s.learn(true, sample{taken: 1, ended: 1})
	}
	if s.each() > 5.12 {
		t.Errorf("%v end for one after calm seconds", s.each())
	}
	for range 20 {
		s.unlearn()
	}
	if s.each() != 1 || s.calm.taken != s.calm.ended {
		t.Errorf("%v end for one in the end, by %v", s.each(), s.calm)
	}
}
